//! What each kind of PaaS resource writes into the log: operations, versions, ports.

/// A kind of PaaS resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Microsoft.CognitiveServices
    Ai,
    /// Microsoft.Storage
    Storage,
    /// Microsoft.KeyVault
    KeyVault,
    /// Microsoft.Search
    Search,
    /// Microsoft.Sql
    Sql,
    /// Microsoft.DocumentDB
    Cosmos,
    /// Microsoft.EventHub
    EventHubs,
    /// Microsoft.ServiceBus
    ServiceBus,
    /// Microsoft.AppConfiguration
    AppConfiguration,
    /// Any other
    Other,
}

impl Service {
    /// The kind of a resource, by its ARM id.
    pub fn of(id: &str) -> Self {
        let provider = id.split('/').nth(6).unwrap_or_default().to_lowercase();
        match provider.as_str() {
            "microsoft.cognitiveservices" => Self::Ai,
            "microsoft.storage" => Self::Storage,
            "microsoft.keyvault" => Self::KeyVault,
            "microsoft.search" => Self::Search,
            "microsoft.sql" => Self::Sql,
            "microsoft.documentdb" => Self::Cosmos,
            "microsoft.eventhub" => Self::EventHubs,
            "microsoft.servicebus" => Self::ServiceBus,
            "microsoft.appconfiguration" => Self::AppConfiguration,
            _ => Self::Other,
        }
    }

    /// Its usual operations.
    pub fn operations(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Ai => &["ChatCompletions_Create", "Embeddings_Create", "Completions_Create"],
            Self::Storage => &["GetBlob", "PutBlob", "ListBlobs", "GetBlobProperties"],
            Self::KeyVault => &["SecretGet", "KeyUnwrap", "SecretList"],
            Self::Search => &["Query.Search", "Indexing.Index"],
            Self::Sql => &["Login"],
            Self::Cosmos => &["ReadDocument", "QueryDocuments", "UpsertDocument"],
            Self::EventHubs | Self::ServiceBus => &["Send", "Receive"],
            Self::AppConfiguration => &["GetKeyValue", "ListKeyValues"],
            Self::Other => &["DataPlaneAccess"],
        };
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    /// `OperationVersion`.
    pub fn version(self) -> &'static str {
        match self {
            Self::Ai => "2024-10-21",
            Self::Storage => "2025-05-05",
            Self::KeyVault => "7.5",
            Self::Search => "2024-07-01",
            Self::Sql => "7.4",
            Self::Cosmos => "2018-12-31",
            Self::EventHubs | Self::ServiceBus => "2017-04",
            Self::AppConfiguration => "1.0",
            Self::Other => "",
        }
    }

    /// `ResultDescription` of an operation.
    pub fn description(self, operation: &str) -> String {
        match (self, operation) {
            (Self::Search, "Query.Search") => "POST /indexes/knowledge/docs/search".to_owned(),
            (Self::Search, _) => "POST /indexes/knowledge/docs/index".to_owned(),
            _ => String::new(),
        }
    }

    /// Protocol and port of its data plane.
    pub fn protocol(self) -> (&'static str, &'static str) {
        match self {
            Self::Sql => ("TDS:TCP", "1433"),
            Self::EventHubs | Self::ServiceBus => ("AMQP:TCP", "5671"),
            Self::Ai
            | Self::Storage
            | Self::KeyVault
            | Self::Search
            | Self::Cosmos
            | Self::AppConfiguration
            | Self::Other => ("HTTPS:TCP", "443"),
        }
    }
}
