//! Recorded traffic and published examples against the published OpenAPI documents: proves the judge, and its table of
//! deviations, before it judges the client and the simulator.

use std::collections::BTreeSet;

use crate::support::cassette::{self, Interaction, cassettes};
use crate::support::deviations::{DEVIATIONS, allowing, unlisted};
use crate::support::openapi::{Api, Violation, api};
use crate::support::truth::{Truth, locate, truth};

/// The recordings that the table of deviations was made from. Other recordings may show what nobody has seen yet: that is
/// printed for the table's next reader and fails nothing.
const KNOWN: &[&str] = &[
    "azure-cli-extensions/nsp/A-2022-11_2021-02-01-preview/test_nsp_accessrule_inbound.yaml",
    "azure-cli-extensions/nsp/A-2022-11_2021-02-01-preview/test_nsp_profile_crud.yaml",
    "azure-cli-extensions/nsp/B-2023-04_2021-02-01-preview/test_nsp_crud.yaml",
    "azure-cli-extensions/nsp/B-2023-04_2021-02-01-preview/test_nsp_link_linkreference_crud.yaml",
    "azure-cli-extensions/nsp/C-2023-12_2023-07-01-preview/test_nsp_accessrule_crud.yaml",
    "azure-cli-extensions/nsp/C-2023-12_2023-07-01-preview/test_nsp_profile_crud.yaml",
    "azure-cli-extensions/nsp/D-2024-06_2023-08-01-preview/test_nsp_accessrule_inbound.yaml",
    "azure-cli-extensions/nsp/D-2024-06_2023-08-01-preview/test_nsp_link_linkreference_crud.yaml",
    "azure-cli-extensions/nsp/D-2024-06_2023-08-01-preview/test_nsp_profile_crud.yaml",
    "azure-cli-extensions/nsp/E-2024-11_2023-08-01-preview/test_nsp_accessrule_crud.yaml",
    "azure-cli-extensions/nsp/E-2024-11_2023-08-01-preview/test_nsp_crud.yaml",
    "azure-cli-extensions/nsp/E-2024-11_2023-08-01-preview/test_nsp_logging_configuration_crud.yaml",
    "azure-cli-extensions/nsp/F-2025-03_2024-07-01/test_nsp_accessrule_inbound.yaml",
    "azure-cli-extensions/nsp/F-2025-03_2024-07-01/test_nsp_link_linkreference_crud.yaml",
    "azure-cli-extensions/nsp/F-2025-03_2024-07-01/test_nsp_logging_configuration_crud.yaml",
    "azure-cli-extensions/nsp/G-2025-10_2024-10-01/test_nsp_accessrule_crud.yaml",
    "azure-cli-extensions/nsp/G-2025-10_2024-10-01/test_nsp_association_crud.yaml",
    "azure-cli-extensions/nsp/G-2025-10_2024-10-01/test_nsp_crud.yaml",
    "azure-cli-extensions/nsp/G-2025-10_2024-10-01/test_nsp_profile_crud.yaml",
    "azure-powershell/NetworkSecurityPerimeter.Autorest/test/Get-AzNetworkSecurityPerimeter.Recording.json",
    "azure-powershell/NetworkSecurityPerimeter.Autorest/test/Get-AzNetworkSecurityPerimeterLoggingConfiguration.Recording.json",
    "azure-powershell/NetworkSecurityPerimeter.Autorest/test/Update-AzNetworkSecurityPerimeter.Recording.json",
    "azure-cli-extensions/connectedmachine/test_netowrk_configuration.yaml",
    "azure-cli-extensions/log-analytics/test_query.yaml",
    "azure-cli/monitor/test_monitor_diagnostic_settings_resource_id.yaml",
    "azure-cli/resource/test_provider_registration.yaml",
];

fn is_nsp(call: &str) -> bool {
    let call = call.to_lowercase();
    call.contains("{nsp}")
        || (call.contains("microsoft.network/") && call.contains("perimeter"))
        || call.contains("nspservicetags")
}

/// What is wrong with one recorded exchange. Calls to services that no saved document describes prove nothing.
fn judged(api: &Api, one: &Interaction) -> Vec<Violation> {
    let mut found = api.request(&one.method, one.url.as_str(), &one.body);
    found.retain(|violation| violation.fault != "unknown operation" || is_nsp(&violation.call));
    found.extend(api.answer(&one.method, one.url.as_str(), one.status, &one.answer));
    found
}

/// Every violation in the recordings, with the recording's name.
fn recorded(truth: &Truth) -> Vec<(String, Violation)> {
    let api = api(truth);
    let mut found = Vec::new();
    for cassette in cassette::recorded(truth) {
        for one in &cassette.interactions {
            found.extend(judged(api, one).into_iter().map(|violation| (cassette.name.clone(), violation)));
        }
    }
    found
}

#[test]
fn recorded_traffic_keeps_to_the_documents_or_to_a_listed_deviation() {
    let Some(truth) = truth("recorded traffic against the documents") else { return };
    let (mut known, mut new) = (Vec::new(), Vec::new());
    for (name, violation) in recorded(truth) {
        for violation in unlisted(vec![violation]) {
            let list = if KNOWN.contains(&name.as_str()) { &mut known } else { &mut new };
            list.push(format!("{name}: {violation}"));
        }
    }
    for line in &new {
        println!("NEW DEVIATION {line}");
    }
    assert!(known.is_empty(), "not listed:\n{}", known.join("\n"));
}

#[test]
fn every_listed_deviation_is_met_in_a_recording() {
    let Some(truth) = truth("deviations against recordings") else { return };
    let names: BTreeSet<String> = cassette::recorded(truth).iter().map(|one| one.name.clone()).collect();
    if let Some(missing) = KNOWN.iter().find(|known| !names.contains(**known)) {
        println!("SKIPPED: these are other recordings, {missing} is not among them");
        return;
    }
    let met: BTreeSet<_> = recorded(truth).iter().flat_map(|(_, violation)| allowing(violation)).collect();
    for (index, row) in DEVIATIONS.iter().enumerate() {
        for call in row.seen {
            assert!(
                met.contains(&(index, *call)),
                "section {}: {call} {} is met nowhere",
                row.section,
                row.fault
            );
        }
        for call in row.alike {
            assert!(
                !met.contains(&(index, *call)),
                "{call} {} was recorded: list it under `seen`",
                row.fault
            );
        }
        assert!(!row.seen.is_empty() || !row.alike.is_empty(), "an empty row");
    }
}

#[test]
fn every_published_example_of_a_perimeter_operation_is_valid() {
    let Some(truth) = truth("published examples against their documents") else { return };
    let checked = api(truth).examples(is_nsp);
    assert!(checked.len() > 100, "only {} examples were found", checked.len());
    let wrong: Vec<String> = checked
        .iter()
        .flat_map(|(path, found)| {
            found.iter().map(move |violation| format!("{}: {violation}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_examples_but_those_of_log_rows_are_valid() {
    let Some(truth) = truth("all published examples against their documents") else { return };
    let mut wrong = Vec::new();
    for (path, found) in api(truth).examples(|call| !is_nsp(call)) {
        // The query documents contradict their own examples: cells are typed as strings and shown as numbers and nulls.
        let found = found.into_iter().filter(|violation| !violation.fault.ends_with(" /tables/*/rows/*/*"));
        wrong.extend(found.map(|violation| format!("{}: {violation}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// References into files that are not saved leave a hole in the judgement; none may open unnoticed.
#[test]
fn only_the_known_references_lead_nowhere() {
    let Some(truth) = truth("references between documents") else { return };
    let unknown: Vec<String> = api(truth)
        .dangling()
        .into_iter()
        .filter(|line| {
            let enums =
                ["AccessRuleDirection", "AssociationAccessMode", "NspLinkStatus", "NspReadinessState"];
            !line.contains("common/v1/types.json")
                && !line.contains("storage.json")
                && !enums.iter().any(|name| line.ends_with(&format!("common.json#/definitions/{name}")))
        })
        .collect();
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

const NSP: &str = "/subscriptions/4cbcaf3d-22e1-4c0f-a1d3-2b0e2a8a91aa/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters";

fn faults(found: Vec<Violation>) -> Vec<String> {
    found.into_iter().map(|violation| format!("{:?}: {}", violation.side, violation.fault)).collect()
}

#[test]
fn a_request_is_judged_by_path_query_and_body() {
    let Some(truth) = truth("the judge of requests") else { return };
    let api = api(truth);
    let ask = |method: &str, target: &str, body: &str| faults(api.request(method, target, body.as_bytes()));
    let nothing: [&str; 0] = [];
    let rule = format!("{NSP}/a/profiles/p/accessRules/r");
    let good = r#"{"properties":{"direction":"Inbound","addressPrefixes":["10.0.0.0/8"]}}"#;
    assert_eq!(ask("PUT", &format!("{rule}?api-version=2024-10-01"), good), nothing);
    // Resource Manager does not care about case.
    assert_eq!(ask("PUT", &format!("{}?api-version=2024-10-01", rule.to_uppercase()), good), nothing);
    assert_eq!(ask("PUT", &rule, good), ["Request: query api-version"]);
    assert_eq!(ask("PUT", &format!("{rule}?api-version=2024-10-01&x=1"), good), ["Request: query x"]);
    assert_eq!(ask("PUT", &format!("{rule}?api-version=2024-10-01"), ""), ["Request: no body"]);
    assert_eq!(ask("GET", &format!("{rule}?api-version=2024-10-01"), "{}"), ["Request: a body"]);
    assert_eq!(
        ask("PUT", &format!("{NSP}/-bad-?api-version=2024-10-01"), r#"{"location":"x"}"#),
        ["Request: path networkSecurityPerimeterName"]
    );
    assert_eq!(
        ask("PUT", &format!("{NSP}/a?api-version=2024-10-01"), r#"{"tags":{"a":1},"id":"/x","etag":""}"#)
            .len(),
        4
    );
    assert_eq!(ask("GET", &format!("{NSP}?api-version=2024-10-01&$top=21"), ""), ["Request: query $top"]);
    assert_eq!(
        ask("DELETE", &format!("{NSP}/a?api-version=2024-10-01&forceDeletion=yes"), ""),
        ["Request: query forceDeletion"]
    );
    assert_eq!(
        ask("GET", &format!("{NSP}/a/associations?api-version=2024-10-01"), ""),
        ["Request: unknown operation"]
    );
    assert_eq!(ask("PATCH", &format!("{rule}?api-version=2024-10-01"), good), ["Request: unknown operation"]);
}

#[test]
fn the_nearest_saved_version_judges_the_others() {
    let Some(truth) = truth("the family rule") else { return };
    let api = api(truth);
    let tags = |version: &str| {
        let target = format!(
            "/subscriptions/4cbcaf3d-22e1-4c0f-a1d3-2b0e2a8a91aa/providers/Microsoft.Network/locations/x/nspServiceTags?api-version={version}"
        );
        faults(api.request("GET", &target, b""))
    };
    for version in ["2024-07-01", "2024-10-01", "2025-01-01", "2025-07-01", "2025-09-01", "2026-03-01"] {
        assert!(tags(version).is_empty(), "{version}");
    }
    assert_eq!(tags("2024-06-01-preview"), ["Request: not in this version"]);
}

#[test]
fn an_answer_is_judged_by_status_and_body() {
    let Some(truth) = truth("the judge of answers") else { return };
    let api = api(truth);
    let target = format!("{NSP}/a?api-version=2024-10-01");
    let say =
        |method: &str, status: u16, body: &str| faults(api.answer(method, &target, status, body.as_bytes()));
    let good =
        r#"{"id":"/x","name":"a","type":"t","location":"l","tags":{},"properties":{"perimeterGuid":"g"}}"#;
    assert!(say("GET", 200, good).is_empty());
    assert!(say("GET", 404, r#"{"error":{"code":"NotFound","message":"gone"}}"#).is_empty());
    assert_eq!(say("GET", 404, r#"{"code":"NotFound"}"#), ["Answer: extra /code"]);
    assert_eq!(say("GET", 202, good), ["Answer: status 202"]);
    assert_eq!(say("GET", 200, ""), ["Answer: no body with 200"]);
    assert_eq!(say("GET", 200, "{"), ["Answer: not JSON"]);
    assert_eq!(say("DELETE", 202, good), ["Answer: a body with 202"]);
    assert!(say("DELETE", 202, "").is_empty());
    assert_eq!(
        say("GET", 200, r#"{"location":"l","properties":{"perimeterGuid":7}}"#),
        ["Answer: value /properties/perimeterGuid"]
    );
    let polls = format!("{NSP}/a/links/l/operationResults/g?api-version=2024-10-01&t=1&c=2&s=3&h=4");
    assert!(api.request("GET", &polls, b"").is_empty());
    assert_eq!(faults(api.answer("GET", &polls, 200, b"")), ["Answer: status 200"]);
}

#[test]
fn other_services_are_judged_too() {
    let Some(truth) = truth("the judge of other services") else { return };
    let api = api(truth);
    let workspace = "/v1/workspaces/4cbcaf3d-22e1-4c0f-a1d3-2b0e2a8a91aa/query";
    let nothing: [&str; 0] = [];
    for (method, target, body) in [
        ("GET", "/subscriptions?api-version=2022-12-01", ""),
        ("POST", workspace, r#"{"query":"NSPAccessLogs","timespan":"PT1H"}"#),
        (
            "POST",
            "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01",
            r#"{"query":"resources"}"#,
        ),
        (
            "GET",
            &format!(
                "{NSP}/a/providers/Microsoft.Insights/diagnosticSettings?api-version=2021-05-01-preview"
            ),
            "",
        ),
        (
            "GET",
            "/subscriptions/4cbcaf3d-22e1-4c0f-a1d3-2b0e2a8a91aa/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/acc/networkSecurityPerimeterConfigurations?api-version=2025-06-01",
            "",
        ),
    ] {
        assert_eq!(faults(api.request(method, target, body.as_bytes())), nothing, "{method} {target}");
    }
    assert_eq!(faults(api.request("POST", workspace, br#"{"kql":""}"#)).len(), 2);
    let rows = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"Count","type":"int"}],"rows":[[1],[null]]}]}"#;
    assert!(unlisted(api.answer("POST", workspace, 200, rows.as_bytes())).is_empty());
    let wrong = unlisted(api.answer("POST", workspace, 200, br#"{"tables":[{"name":"x","columns":[]}]}"#));
    assert_eq!(faults(wrong), ["Answer: missing /tables/*/rows"]);
}

#[test]
fn the_folder_of_recordings_may_be_named_and_may_hold_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("some/where");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("a.yml"), "interactions: []\n").unwrap();
    std::fs::write(deep.join("notes.yaml"), "other: 1\n").unwrap();
    std::fs::write(deep.join("many.yaml"), "one: 1\n---\ntwo: 2\n").unwrap();
    assert_eq!(
        cassettes(folder.path()).unwrap().iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["some/where/a.yml"]
    );
    std::fs::write(deep.join("torn.yaml"), "interactions:\n- request: {\n").unwrap();
    assert!(cassettes(folder.path()).is_err());
    if let Ok(found) = locate(Some(folder.path())) {
        assert_eq!(found.recordings, folder.path());
        assert!(found.spec.is_dir());
    }
    assert!(locate(Some(&folder.path().join("absent"))).is_err());
}
