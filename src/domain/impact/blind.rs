//! What the access log cannot show, in words, by kind of resource. Sources: DOMAIN.md, sections 3 and 4.4; API.md,
//! section 8.2.

/// True of every resource.
const ALWAYS: [&str; 3] = [
    "Jobs that did not run in this time: month-end, yearly, disaster recovery.",
    "Log categories that are off, and time before logging was on.",
    "Authentication: who moves from a managed identity to a key or SAS token loses what membership and subscription rules gave.",
];

const BY_TYPE: [(&str, &[&str]); 11] = [
    (
        "Microsoft.Storage/storageAccounts",
        &[
            "SMB, NFS and SFTP pass in Transition by the account's firewall and fail once enforced.",
            "Object replication, Azure Backup and static websites do not work in a perimeter.",
            "A key vault with the customer-managed key must stay reachable.",
            "Service tags in rules are unreliable on storage.",
        ],
    ),
    (
        "Microsoft.CognitiveServices/accounts",
        &[
            "Playground, file uploads and fine-tuned models are data plane: portal users need rules for their address.",
            "Calls with an API key are never members of the perimeter, even from a resource within it.",
            "Customer-managed keys, the fine-tune API and the assistants API may fail.",
            "Outbound access works to Storage and Cosmos DB within the perimeter; other data sources need FQDN rules.",
        ],
    ),
    (
        "Microsoft.Search/searchServices",
        &[
            "Indexers need a managed identity; skills and chat with your data need rules.",
            "Indexers run on a schedule: one that did not run was not seen.",
        ],
    ),
    (
        "Microsoft.Sql/servers",
        &[
            "Servers with dedicated SQL pools cannot join.",
            "Pooled connections stay open: a client shows when it logs in anew.",
        ],
    ),
    (
        "Microsoft.DocumentDB/databaseAccounts",
        &[
            "Customer-managed keys together with analytical store, point-in-time restore or the all-versions change feed are not supported.",
            "A wrong x-ms-date header is blocked.",
        ],
    ),
    ("Microsoft.EventHub/namespaces", &["Geo-disaster recovery is not supported."]),
    ("Microsoft.ServiceBus/namespaces", &["Geo-disaster recovery and geo-replication are not supported."]),
    (
        "Microsoft.OperationalInsights/workspaces",
        &[
            "Logs are sampled every 30 minutes: rare callers may be missing.",
            "Cross-workspace queries are blocked; export targets must share the perimeter.",
            "This program queries the workspace itself: enforcing it can lock this program out.",
        ],
    ),
    (
        "Microsoft.Insights/dataCollectionEndpoints",
        &["Logs are sampled every 30 minutes: rare callers may be missing."],
    ),
    (
        "Microsoft.Insights/actionGroups",
        &["Only regional action groups, and of these only Event Hub actions, are covered."],
    ),
    (
        "Microsoft.AppConfiguration/configurationStores",
        &[
            "Event Grid subscriptions do not work in a perimeter.",
            "Deployments that write keys through Resource Manager do not carry the caller's address or subscription.",
            "Diagnostic destinations must share the perimeter.",
        ],
    ),
];

/// What the log of a resource of this type cannot show, the most specific first.
pub fn blind_spots(resource_type: &str) -> impl Iterator<Item = &'static str> {
    let own = BY_TYPE.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(resource_type));
    own.map_or(&[][..], |(_, spots)| spots).iter().chain(&ALWAYS).copied()
}
