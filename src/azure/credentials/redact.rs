//! Takes secrets out of texts that come from tools, services and libraries.
//!
//! Must err on the side of removing too much: an error message is still useful without a token.

use azure_core::credentials::Secret;

/// What stands where a secret stood.
const REMOVED: &str = "<removed>";

/// An unbroken run of token characters from this length on is taken for a credential. Ids and host
/// names stay well below it; refresh tokens and assertions are several hundred characters long.
const LONG_RUN: usize = 100;

/// Known secrets that must not appear in any text, beside everything that looks like a token.
#[derive(Clone, Default, Debug)]
pub(super) struct Redactor {
    secrets: Vec<Secret>,
}

impl Redactor {
    /// Secrets of fewer than four characters are not searched for: they would match by chance.
    pub(super) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut secrets: Vec<String> = secrets
            .into_iter()
            .flat_map(|secret| [url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(), secret])
            .filter(|secret| secret.len() >= 4)
            .collect();
        // The longest first, or a secret that contains another would leave its rest behind.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets: secrets.into_iter().map(Secret::new).collect() }
    }

    /// `text` without secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        let known =
            self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.secret(), REMOVED));
        let mut cleaned = String::with_capacity(known.len());
        let mut rest = known.as_str();
        while let Some(start) = rest.find(is_token_char) {
            let (before, from) = rest.split_at(start);
            let (run, after) = from.split_at(from.find(|c| !is_token_char(c)).unwrap_or(from.len()));
            cleaned.push_str(before);
            cleaned.push_str(if looks_like_token(run) { REMOVED } else { run });
            rest = after;
        }
        cleaned.push_str(rest);
        cleaned
    }
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~+=".contains(c)
}

/// `eyJ` is the base64 of `{"`, with which the header of every JWT begins.
fn looks_like_token(run: &str) -> bool {
    run.len() >= LONG_RUN || run.split(['.', '=']).any(|part| part.len() >= 12 && part.starts_with("eyJ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_go_in_plain_and_in_url_form() {
        let redactor = Redactor::new(["p@ss word".to_owned(), "p@ss word 2".to_owned(), String::new()]);
        assert_eq!(redactor.clean("no: p@ss word 2, p%40ss+word!"), "no: <removed>, <removed>!");
        assert!(!format!("{redactor:?}").contains("p@ss"));
    }

    #[test]
    fn whatever_looks_like_a_token_goes() {
        let redactor = Redactor::default();
        assert_eq!(redactor.clean("got \"eyJhbGciOiJub25lIn0.eyJ9.x\", sorry"), "got \"<removed>\", sorry");
        assert_eq!(redactor.clean("token=eyJhbGciOiJub25lIn0.e30.x"), "<removed>");
        assert_eq!(redactor.clean(&format!("0.{} end", "aB3-".repeat(40))), "<removed> end");
    }

    #[test]
    fn ordinary_messages_stay_as_they_are() {
        let text = "AADSTS700016: Application '04b07795-8ddb-461a-bbee-02f9e1bf7b46' was not found in \
                    /home/someone/.azure at https://login.microsoftonline.com/organizations. \u{e4}\u{f6}";
        assert_eq!(Redactor::default().clean(text), text);
    }
}
