//! Lists that come in pages: each page is handed on as soon as it is there. Follows `nextLink` as it
//! came, but only to the session's own endpoint, and never in a circle.

use std::collections::HashSet;

use url::Url;

use super::client::ArmClient;
use super::error::{ArmError, ErrorKind};
use super::exchange::{Answer, Request};
use super::wire::{ListPage, Wire};
use crate::domain::{Failure, text};

/// More pages than this are a fault of the service: at 10 items a page it is 100,000 items.
const MAX_PAGES: usize = 10_000;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What could be read.
    pub items: Vec<T>,
    /// What could not, one failure for each item.
    pub skipped: Vec<Failure>,
    /// True when another page follows.
    pub more: bool,
}

impl ArmClient {
    /// Reads all pages from `first` on. After an error the pages that were handed on stay valid.
    pub(super) async fn pages<T: Wire>(
        &self,
        operation: &str,
        first: Url,
        mut each: impl FnMut(Page<T>) + Send,
    ) -> Result<(), ArmError> {
        let mut seen = HashSet::new();
        let mut next = Some(first);
        while let Some(url) = next {
            if !seen.insert(url.clone()) || seen.len() > MAX_PAGES {
                let detail = "the list does not end: its next page is one that was read before";
                return Err(ArmError::new(ErrorKind::Refused, operation, detail));
            }
            let answer = self.transport().send(&Request::get(operation, url.clone())).await?;
            let (page, link) = read(&answer)?;
            next = match link {
                None => None,
                Some(link) => Some(follow(&answer, &url, &link)?),
            };
            each(Page { more: next.is_some(), ..page });
        }
        Ok(())
    }

    /// All pages at once, for lists that are short by nature; unreadable items are left out and traced.
    pub(super) async fn all<T: Wire>(&self, operation: &str, first: Url) -> Result<Vec<T>, ArmError> {
        let mut items = Vec::new();
        self.pages(operation, first, |page: Page<T>| {
            for failure in &page.skipped {
                tracing::warn!(operation, detail = %failure.detail, "item left out");
            }
            items.extend(page.items);
        })
        .await?;
        Ok(items)
    }
}

/// A page and the link to the next, if there is one: absent, null and "" all mean the end.
fn read<T: Wire>(answer: &Answer) -> Result<(Page<T>, Option<String>), ArmError> {
    let body: ListPage = answer.json()?;
    let mut page = Page { items: Vec::with_capacity(body.value.len()), skipped: Vec::new(), more: false };
    for (at, item) in body.value.iter().enumerate() {
        match T::decode(item.get()) {
            Ok(item) => page.items.push(item),
            Err(bad) => {
                let error = answer.undecodable(&format!("value[{at}].{}", bad.path), &bad.reason);
                page.skipped.push(error.during(&format!("read a {} of the list", T::NOUN)).into());
            }
        }
    }
    Ok((page, Some(body.next_link).filter(|link| !link.is_empty())))
}

/// A `nextLink` is an absolute URL; a relative one is taken as one of the same endpoint.
fn follow(answer: &Answer, from: &Url, link: &str) -> Result<Url, ArmError> {
    from.join(link).map_err(|e| answer.undecodable("nextLink", &format!("{e}: {}", text::clean(link))))
}
