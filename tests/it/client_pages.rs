//! Lists: pages, links to the next one, and bodies that are not quite what the documents say.

use std::sync::Mutex;

use nsp::azure::{ErrorKind, Page, Scope};
use nsp::domain::{AccessMode, Association, Direction, FailureKind, Issues, Perimeter, SourceKind};

use crate::scripted::{NSP, Server, client, id, json};

fn scope() -> Scope {
    Scope::Subscription("0a".to_owned())
}

fn perimeters(names: &[&str], next: &str) -> String {
    let one = |name: &&str| format!(r#"{{"id":"{NSP}-{name}","location":"west"}}"#);
    let items: Vec<String> = names.iter().map(one).collect();
    format!(r#"{{"value":[{}]{next}}}"#, items.join(","))
}

#[tokio::test]
async fn every_page_is_handed_on_as_it_comes() {
    for end in [r#","nextLink":"""#, r#","nextLink":null"#, ""] {
        let server = Server::start(move |n, asked| {
            if n == 0 {
                let host = asked.head.lines().find_map(|l| l.strip_prefix("host: ")).unwrap().to_owned();
                let next = format!(r#","nextLink":"http://{host}/next?firstIndex=10&t=s%2Bg""#);
                json(200, &[], &perimeters(&["a", "b"], &next))
            } else {
                json(200, &[], &perimeters(&["c"], end))
            }
        })
        .await;
        let pages = Mutex::new(Vec::new());
        let each = |page: Page<Perimeter>| {
            // The second page has not been asked for while the first is looked at.
            assert_eq!(server.asked().len(), pages.lock().unwrap().len() + 1);
            pages.lock().unwrap().push((page.items.len(), page.more));
        };
        client(&server.url()).client.list_perimeters(&scope(), each).await.unwrap();
        assert_eq!(*pages.lock().unwrap(), [(2, true), (1, false)]);
        assert_eq!(server.asked()[1].target, "/next?firstIndex=10&t=s%2Bg");
    }
}

#[tokio::test]
async fn the_token_stays_with_its_host() {
    let stranger = Server::start(|_, _| json(200, &[], r#"{"value":[]}"#)).await;
    let elsewhere = stranger.url();
    for link in [elsewhere.as_str(), "https://127.0.0.1/x", "//example.org/x", "http://user@127.0.0.1/"] {
        let body = perimeters(&["a"], &format!(r#","nextLink":"{link}/next?sig=secret""#));
        let server = Server::start(move |_, _| json(200, &[], &body)).await;
        let mut items = 0;
        let each = |page: Page<Perimeter>| items += page.items.len();
        let error = client(&server.url()).client.list_perimeters(&scope(), each).await.unwrap_err();
        assert_eq!((&error.kind, items), (&ErrorKind::Refused, 1), "{link}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert!(stranger.asked().is_empty());
}

#[tokio::test]
async fn a_list_in_a_circle_ends() {
    let server = Server::start(|_, asked| {
        let next = if asked.target.starts_with("/b") { "/a" } else { "/b" };
        json(200, &[], &perimeters(&["x"], &format!(r#","nextLink":"{next}""#)))
    })
    .await;
    let error = client(&server.url()).client.list_perimeters(&scope(), |_| ()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn one_bad_item_costs_only_itself() {
    let body = format!(
        r#"{{"type":"","value":[{{"id":"{NSP}"}},{{"id":"no id"}},{{"name":"none"}},7,{{"id":"{NSP}2","tags":3}}]}}"#
    );
    let server = Server::start(move |_, _| json(200, &["x-ms-request-id: r9"], &body)).await;
    let mut pages = Vec::new();
    client(&server.url()).client.list_perimeters(&scope(), |page| pages.push(page)).await.unwrap();
    let [page] = pages.as_slice() else { panic!("{pages:?}") };
    assert_eq!(page.items.len(), 1);
    let details: Vec<&str> = page.skipped.iter().map(|f| f.detail.as_str()).collect();
    assert!(details[0].starts_with("at value[1].id:"), "{details:?}");
    assert!(details[3].starts_with("at value[4].tags:"), "{details:?}");
    assert_eq!(details.len(), 4);
    assert!(
        page.skipped.iter().all(|f| f.kind == FailureKind::Decode && f.request_id.as_deref() == Some("r9"))
    );
}

#[tokio::test]
async fn a_list_that_is_none_is_no_empty_list() {
    for body in ["{}", "[]", r#"{"value":{}}"#, r#"{"value":[],"nextLink":5}"#] {
        let server = Server::start(move |_, _| json(200, &[], body)).await;
        let error = client(&server.url()).client.list_perimeters(&scope(), |_| ()).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Decode { .. }), "{body}: {error:?}");
    }
    let server = Server::start(|_, _| json(200, &[], r#"{"value":null,"nextLink":null}"#)).await;
    client(&server.url())
        .client
        .list_perimeters(&scope(), |page| assert!(page.items.is_empty()))
        .await
        .unwrap();
}

#[tokio::test]
async fn bodies_are_read_tolerantly_and_kept_whole() {
    let item = format!(
        r#"{{"id":"{NSP}/profiles/p/accessRules/r","systemData":{{"lastModifiedBy":"a\u202eb","lastModifiedAt":"2025-10-08T05:46:23.6633991Z"}},"properties":{{"addressPrefixes":null,"subscriptions":[{{"id":"/subscriptions/1b"}},{{"id":"odd"}}],"serviceTags":"Storage","appliesTo":[{{"features":["*"]}}],"provisioningState":"Dreaming","fullyQualifiedDomainNames":[1]}}}}"#
    );
    let body = format!(r#"{{"value":[{item}]}}"#);
    let server = Server::start(move |_, _| json(200, &[], &body)).await;
    let mut rules = Vec::new();
    client(&server.url())
        .client
        .list_rules(&id("/profiles/p"), |page| rules.extend(page.items))
        .await
        .unwrap();
    let rule = &rules[0];
    assert_eq!(rule.content.direction, Direction::Inbound);
    assert_eq!(rule.content.values(SourceKind::Subscription), ["1b", "odd"]);
    assert_eq!(rule.content.values(SourceKind::ServiceTag), ["Storage"]);
    assert_eq!(rule.content.values(SourceKind::Fqdn), ["1"]);
    assert_eq!(rule.state.as_ref().map(|s| s.wire().to_owned()).as_deref(), Some("Dreaming"));
    assert_eq!(rule.modified.as_ref().unwrap().by, "a⟨U+202E⟩b");
    assert!(rule.modified.as_ref().unwrap().at.is_some());
    assert_eq!(rule.raw.json(), item);
}

#[tokio::test]
async fn associations_with_unknown_words_and_numbers() {
    let body = format!(
        r#"{{"value":[
            {{"id":"{NSP}/resourceAssociations/a","properties":{{"accessMode":"enforced","hasProvisioningIssues":"yes","privateLinkResource":{{"id":"bad"}}}}}},
            {{"id":"{NSP}/resourceAssociations/b","properties":{{"accessMode":"Strict","hasProvisioningIssues":false,"profile":null}}}}]}}"#
    );
    let server = Server::start(move |_, _| json(200, &[], &body)).await;
    let mut all: Vec<Association> = Vec::new();
    client(&server.url()).client.list_associations(&id(""), |page| all.extend(page.items)).await.unwrap();
    assert_eq!(
        (&all[0].mode, &all[0].issues, &all[0].resource),
        (&AccessMode::Enforced, &Issues::Yes, &None)
    );
    assert_eq!(all[0].resource_name(), "a");
    assert_eq!((&all[1].mode, &all[1].issues), (&AccessMode::Unknown("Strict".to_owned()), &Issues::No));
}

#[tokio::test]
async fn a_patch_is_followed_by_a_read() {
    let server = Server::start(|_, asked| {
        if asked.method == "PATCH" {
            json(200, &[], r#"{"Status":0,"Body":{"Location":"west","Properties":{"ProvisioningState":0}},"HttpCode":200}"#)
        } else {
            json(200, &[], &format!(r#"{{"id":"{NSP}","tags":{{"a":"b","n":1}},"properties":{{}}}}"#))
        }
    })
    .await;
    let tags = [("a".to_owned(), "b".to_owned())];
    let perimeter = client(&server.url()).client.patch_perimeter_tags(&id(""), &tags).await.unwrap();
    assert_eq!(perimeter.tags, [("a".to_owned(), "b".to_owned()), ("n".to_owned(), "1".to_owned())]);
    assert_eq!(server.asked()[0].body, r#"{"tags":{"a":"b"}}"#);
}
