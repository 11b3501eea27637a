//! Sessions at other places: what each way of signing in can and cannot do.

use std::time::Duration;

use clap::Parser as _;
use nsp::azure::cloud::{Audience, Cloud};
use nsp::cli::Cli;
use nsp::domain::scope::{Named, Place};
use nsp::runtime;
use nsp::sessions::{SIMULATED, Sessions, Way};

fn sessions(way: Way, args: &[&str]) -> Sessions {
    let cli = Cli::try_parse_from(std::iter::once("nsp").chain(args.iter().copied())).unwrap();
    Sessions::new(way, cli.session, Duration::from_secs(30))
}

fn place(cloud: &str, tenant: Option<&str>) -> Place {
    Place { cloud: cloud.to_owned(), tenant: tenant.map(|name| Named::new(name, "")) }
}

#[test]
fn another_cloud_has_its_own_endpoints_portal_and_data_planes() {
    let sessions = sessions(Way::SignedIn, &["--credential", "azure-cli"]);
    let (out, _inbox) = runtime::channel();
    assert_eq!(sessions.place(), place("AzureCloud", None));
    for cloud in Cloud::ALL {
        let made = sessions.to(&place(cloud.name(), Some("contoso")), &out).unwrap();
        let session = made.client.session();
        assert_eq!(session.label(), format!("{cloud} / contoso"));
        assert_eq!(session.cloud(), Some(cloud));
        assert_eq!(made.portal, cloud.portal());
        assert!(cloud.owns(Audience::Management, session.endpoint(Audience::Management).unwrap()));
        assert!(cloud.owns(Audience::Logs, session.endpoint(Audience::Logs).unwrap()));
        assert!(made.tokens.is_some());
    }
    let failure = sessions.to(&place("AzureGermanCloud", None), &out).unwrap_err();
    assert!(failure.detail.contains("is no cloud"), "{failure:?}");
}

#[test]
fn what_belongs_to_one_place_stays_there() {
    let (out, _inbox) = runtime::channel();
    let refused = |sessions: &Sessions, place: &Place| sessions.to(place, &out).unwrap_err().detail;

    let named = sessions(Way::SignedIn, &["--endpoint", "https://arm.example.org"]);
    assert!(named.to(&place("AzureCloud", Some("t")), &out).is_ok());
    assert!(refused(&named, &place("AzureChinaCloud", None)).contains("--endpoint"));

    let local = &["--endpoint", "http://127.0.0.1:9"];
    let token = sessions(Way::Token("secret".to_owned()), local);
    assert!(token.to(&token.place(), &out).is_ok());
    for elsewhere in [place("AzureCloud", Some("t")), place("AzureChinaCloud", None)] {
        let detail = refused(&token, &elsewhere);
        assert!(detail.contains("one tenant") && !detail.contains("secret"), "{detail}");
    }
    let far = sessions(Way::Token("secret".to_owned()), &["--endpoint", "https://arm.example.org"]);
    assert!(refused(&far, &far.place()).contains("this machine"));

    let simulated = sessions(Way::Simulated("http://127.0.0.1:9".to_owned()), &["--demo"]);
    assert_eq!(simulated.clouds().first().map(String::as_str), Some(SIMULATED));
    assert!(simulated.to(&place(SIMULATED, Some("t")), &out).is_ok());
    assert!(refused(&simulated, &place("AzureCloud", None)).contains("without --demo"));
    let odd = simulated.to(&place(SIMULATED, None), &out).unwrap();
    assert!(odd.client.session().is_loopback());
}

#[test]
fn a_data_endpoint_is_on_this_machine() {
    let (out, _inbox) = runtime::channel();
    let local = sessions(Way::SignedIn, &["--data-endpoint", "http://127.0.0.1:9/_data"]);
    assert!(local.to(&local.place(), &out).is_ok());
    let far = sessions(Way::SignedIn, &["--data-endpoint", "https://example.org"]);
    assert!(far.to(&far.place(), &out).unwrap_err().detail.contains("loopback"));
}
