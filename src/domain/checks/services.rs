//! Checks of one service: what its documentation says does not work, or works otherwise, in a perimeter.

use super::{Check, Known, Reading, Remedy};
use crate::domain::{AccessMode, Resource, Signal};

pub(super) fn checks(known: &Known<'_>, resource: &Resource) -> Vec<Check> {
    match known.kind().to_ascii_lowercase().as_str() {
        "microsoft.cognitiveservices/accounts" => cognitive(known, resource),
        "microsoft.search/searchservices" => search(known),
        "microsoft.storage/storageaccounts" => storage(known, resource),
        "microsoft.sql/servers" => sql(),
        "microsoft.documentdb/databaseaccounts" => cosmos(resource),
        "microsoft.eventhub/namespaces" => messaging(resource, false),
        "microsoft.servicebus/namespaces" => messaging(resource, true),
        "microsoft.operationalinsights/workspaces" => workspace(known, resource),
        "microsoft.insights/actiongroups" => action_group(resource),
        "microsoft.insights/datacollectionendpoints" => sampled(),
        "microsoft.appconfiguration/configurationstores" => configuration(known),
        _ => Vec::new(),
    }
}

fn preview(service: &'static str) -> Check {
    Check::new("preview", "availability", Signal::Warn, format!("{service} in perimeters is a preview"))
        .why("Previews come without a service agreement, and may change.")
}

fn control_plane() -> Check {
    Check::new("plane", "what is governed", Signal::Ok, "data plane only")
        .why("Calls to Resource Manager (deploying models, reading keys) go on as before; only the data plane is governed, and playgrounds and uploads are part of it.")
}

fn cognitive(known: &Known<'_>, resource: &Resource) -> Vec<Check> {
    let mut out = Vec::new();
    if resource.kind.eq_ignore_ascii_case("OpenAI") {
        out.push(preview("Azure OpenAI"));
        out.push(
            Check::new("finetune", "fine-tuning, assistants", Signal::Warn, "may not work in this subscription")
                .why("Microsoft says that the fine-tuning and assistants APIs of Azure OpenAI accounts may not be usable in a subscription that has the preview; move them elsewhere before enforcing."),
        );
    }
    let storage = known.members_of("Microsoft.Storage/storageAccounts").count();
    out.push(match storage {
        0 => Check::new("batch", "batch and file storage", Signal::Warn, "no storage account in this perimeter")
            .why("Batch input and output and uploaded files live on storage: an account outside the perimeter needs an outbound rule, one inside needs none.")
            .mend(Remedy::Associate),
        n => Check::new("batch", "batch and file storage", Signal::Ok, format!("{n} in this perimeter"))
            .why("Storage accounts of the same perimeter are reached by identity; those outside need outbound rules for their names."),
    });
    if resource.settings.is_on("properties.restrictOutboundNetworkAccess") {
        out.push(
            Check::new("outbound", "own outbound list", Signal::Warn, "restrictOutboundNetworkAccess is on")
                .why("The account's own list of allowed names counts besides the outbound rules of the perimeter: both must allow a destination.")
                .mend(Remedy::Rule),
        );
    }
    out.push(control_plane());
    out
}

fn search(known: &Known<'_>) -> Vec<Check> {
    let kinds = [
        "Microsoft.Storage/storageAccounts",
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.Sql/servers",
    ];
    let sources: usize = kinds.iter().map(|kind| known.members_of(kind).count()).sum();
    let signal = if sources == 0 { Signal::Warn } else { Signal::Ok };
    vec![
        Check::new("sources", "indexer sources", signal, format!("{sources} possible in this perimeter"))
            .why("Indexers reach Blob storage, Cosmos DB for NoSQL and SQL of the same perimeter by identity; all other sources need outbound rules.")
            .mend(Remedy::Associate),
        Check::new("skills", "skills and models", Signal::Warn, "need outbound rules where they are outside")
            .why("Skillsets and vectorizers call other services: each that is not in this perimeter needs an outbound rule for its name.")
            .mend(Remedy::Rule),
    ]
}

fn storage(known: &Known<'_>, resource: &Resource) -> Vec<Check> {
    let settings = &resource.settings;
    let files = settings.first(&["properties.azureFilesIdentityBasedAuthentication.directoryServiceOptions"]);
    let shares = resource.kind.eq_ignore_ascii_case("FileStorage") || files.is_some_and(|o| o != "None");
    let used = [
        ("SFTP", settings.is_on("properties.isSftpEnabled")),
        ("NFS", settings.is_on("properties.isNfsV3Enabled")),
        ("SMB", shares),
    ];
    let names: Vec<&str> = used.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    let mut out = Vec::new();
    if !names.is_empty() {
        let enforced = known.association.mode == AccessMode::Enforced;
        let signal = if enforced { Signal::Bad } else { Signal::Warn };
        out.push(
            Check::new("protocols", "SMB, NFS, SFTP", signal, format!("{} in use", names.join(" and ")))
                .why("Perimeters know HTTPS only: these pass in Transition by the firewall and end with Enforced, and no log row says so beforehand."),
        );
    }
    let replication = settings.get("properties.allowCrossTenantReplication");
    let found = match replication {
        Some(value) if value.eq_ignore_ascii_case("false") => "across tenants off; policies were not read",
        Some(_) | None => "policies were not read",
    };
    out.push(
        Check::new("replication", "object replication", Signal::Unknown, found)
            .why("Object replication and perimeters exclude each other; whether this account replicates cannot be told from what was read."),
    );
    out.push(
        Check::new("backup", "Azure Backup", Signal::Unknown, "vaults were not read")
            .why("Azure Backup of blobs and files is not supported for accounts in a perimeter; Recovery Services vaults know whether it is used."),
    );
    if resource.kind.eq_ignore_ascii_case("Storage") || resource.kind.eq_ignore_ascii_case("BlobStorage") {
        out.push(
            Check::new("disks", "unmanaged disks", Signal::Warn, "possible on this kind of account")
                .why("Unmanaged disks ignore the rules of a perimeter."),
        );
    }
    out
}

fn sql() -> Vec<Check> {
    vec![
        preview("SQL"),
        Check::new("pools", "dedicated SQL pools", Signal::Unknown, "databases were not read")
            .why("A logical server with dedicated SQL pools cannot be in a perimeter."),
        Check::new("error", "what callers see", Signal::Ok, "error 42118 when denied")
            .why("\"Login failed because the network security perimeter denied inbound access\" is the perimeter's denial; other errors are the server's own."),
    ]
}

fn cosmos(resource: &Resource) -> Vec<Check> {
    let settings = &resource.settings;
    let mut out = vec![preview("Cosmos DB")];
    let key = settings.first(&["properties.keyVaultKeyUri"]).is_some();
    let analytical = settings.is_on("properties.enableAnalyticalStorage");
    let continuous =
        settings.get("properties.backupPolicy.type").is_some_and(|t| t.eq_ignore_ascii_case("Continuous"));
    let feed = settings.is_on("properties.enableAllVersionsAndDeletesChangeFeed");
    let used = [
        ("analytical store", analytical),
        ("point-in-time restore", continuous),
        ("all-versions change feed", feed),
    ];
    let names: Vec<&str> = used.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
    if key && !names.is_empty() {
        out.push(
            Check::new("together", "features with a customer's key", Signal::Bad, names.join(", "))
                .why("A customer-managed key together with these is not supported in a perimeter."),
        );
    }
    out
}

fn messaging(resource: &Resource, bus: bool) -> Vec<Check> {
    let mut out = if bus { vec![preview("Service Bus")] } else { Vec::new() };
    let places = resource.settings.below("properties.geoDataReplication.locations").count();
    let check = if places > 1 {
        Check::new("geo", "geo-replication", Signal::Bad, "on")
    } else {
        Check::new("geo", "geo-disaster recovery", Signal::Unknown, "pairings were not read")
    };
    out.push(check.why("Geo-disaster recovery and geo-replication are not supported in a perimeter."));
    out
}

fn workspace(known: &Known<'_>, resource: &Resource) -> Vec<Check> {
    let mut out = Vec::new();
    let own = known.association.resource.as_ref();
    if let Reading::Known(all) = &known.destinations
        && own.is_some_and(|own| all.contains(own))
    {
        out.push(
            Check::new("lockout", "the log of this perimeter", Signal::Warn, "this workspace holds it")
                .why("Once enforced, the rules of this perimeter decide who may query the workspace: without a rule for this machine the dashboard locks itself out of the log.")
                .mend(Remedy::Rule),
        );
    }
    if resource.settings.is_on("properties.replication.enabled") {
        let check = Check::new("replicated", "workspace replication", Signal::Bad, "on");
        out.push(check.why("Replicated workspaces are not supported in a perimeter."));
    }
    if resource.settings.first(&["properties.features.clusterResourceId"]).is_some() {
        let check = Check::new("cluster", "dedicated cluster", Signal::Warn, "linked to one");
        out.push(
            check.why("Customer-managed keys of Log Analytics clusters are not supported in a perimeter."),
        );
    }
    out.push(
        Check::new("cross", "cross-workspace queries", Signal::Warn, "blocked")
            .why("Queries and alert rules over several workspaces do not reach one that is in a perimeter."),
    );
    out.push(Check::new("sentinel", "Microsoft Sentinel", Signal::Unknown, "solutions were not read").why(
        "Microsoft's pages disagree whether Sentinel works in a perimeter; analytic rules may be disabled.",
    ));
    out.extend(sampled());
    out
}

fn sampled() -> Vec<Check> {
    vec![
        Check::new("sampling", "log sampling", Signal::Warn, "every 30 minutes")
            .why("Access logs of Azure Monitor resources are sampled every 30 minutes: what they do not show may still happen."),
    ]
}

fn action_group(resource: &Resource) -> Vec<Check> {
    let global = resource.location.eq_ignore_ascii_case("global");
    let (signal, found) = if global { (Signal::Bad, "global") } else { (Signal::Ok, "regional") };
    let hubs = resource.settings.below("properties.eventHubReceivers").next().is_some();
    let names =
        ["emailReceivers", "smsReceivers", "webhookReceivers", "azureFunctionReceivers", "logicAppReceivers"];
    let other =
        names.iter().any(|name| resource.settings.below(&format!("properties.{name}")).next().is_some());
    let mut out = vec![
        Check::new("region", "region of the action group", signal, found)
            .why("Only regional action groups can be in a perimeter."),
    ];
    out.push(match (hubs, other) {
        (_, true) => Check::new("actions", "actions", Signal::Warn, "also others than Event Hubs")
            .why("Only Event Hubs actions follow the perimeter; all other actions are not governed by it."),
        (true, false) => Check::new("actions", "actions", Signal::Ok, "Event Hubs only")
            .why("Event Hubs actions follow the perimeter."),
        (false, false) => Check::new("actions", "actions", Signal::Ok, "none"),
    });
    out
}

fn configuration(known: &Known<'_>) -> Vec<Check> {
    let outside = match &known.destinations {
        Reading::Known(all) => all.iter().any(|id| !known.members.contains(&id)),
        Reading::Waiting | Reading::Unknown(_) => false,
    };
    let found = if outside { "some are outside this perimeter" } else { "must be in this perimeter" };
    vec![
        Check::new("events", "Event Grid", Signal::Unknown, "subscriptions were not read")
            .why("Event Grid subscriptions of the store and a perimeter exclude each other."),
        Check::new("sinks", "diagnostic destinations", Signal::Warn, found)
            .why("Destinations of the store's own diagnostic settings must be in the same perimeter; outbound rules do not help."),
        control_plane(),
    ]
}
