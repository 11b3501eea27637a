//! A running simulator and a plain HTTP caller of it. Every exchange goes through the checking proxy, so that each test
//! of the simulator is also held against the published documents.

use nsp::sim::{Handle, Named, Options, Sim};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::http_client;
use super::judge::Judge;
use super::proxy::Proxy;

pub const PROD: &str = "3f8e2b6a-1c47-4d0b-9a55-0f6f1f2c7a11";
pub const VERSION: &str = "api-version=2024-10-01";

/// A simulator, the proxy before it, and a client.
pub struct Caller {
    pub sim: Sim,
    pub proxy: Proxy,
    client: reqwest::Client,
}

/// One answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn names(&self) -> Vec<String> {
        self.json()["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Caller {
    /// A simulator in which nothing takes time.
    pub async fn new(scenario: Named) -> Self {
        Self::with(Options::instant(scenario)).await
    }

    pub async fn with(options: Options) -> Self {
        let sim = Sim::start(options).await.unwrap();
        let upstream = sim.url().trim_start_matches("http://").parse().unwrap();
        let proxy = Proxy::start(upstream, Judge::new("the simulator")).await;
        Self { sim, proxy, client: http_client() }
    }

    pub fn handle(&self) -> Handle {
        self.sim.handle()
    }

    /// `target` is a path or a whole address.
    pub fn request(&self, method: Method, target: &str) -> reqwest::RequestBuilder {
        let url =
            if target.starts_with('/') { format!("{}{target}", self.proxy.url()) } else { target.to_owned() };
        self.client.request(method, url).bearer_auth("token")
    }

    pub async fn send(request: reqwest::RequestBuilder) -> Got {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Got { status, headers, text: answer.text().await.unwrap() }
    }

    pub async fn get(&self, target: &str) -> Got {
        Self::send(self.request(Method::GET, target)).await
    }

    pub async fn put(&self, target: &str, body: Value) -> Got {
        Self::send(self.request(Method::PUT, target).json(&body)).await
    }

    pub async fn delete(&self, target: &str) -> Got {
        Self::send(self.request(Method::DELETE, target)).await
    }

    pub async fn post(&self, target: &str, body: Value) -> Got {
        Self::send(self.request(Method::POST, target).json(&body)).await
    }

    /// Creates the perimeter `nsp` with a profile `p` in the empty scenario's group.
    pub async fn perimeter(&self) -> String {
        let id = nsp("nsp");
        assert_eq!(self.put(&at(&id), json!({"location": "swedencentral"})).await.status, 200);
        assert_eq!(self.put(&at(&format!("{id}/profiles/p")), json!({})).await.status, 200);
        id
    }
}

/// Id of a perimeter in the group that the scenarios share.
pub fn nsp(name: &str) -> String {
    format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.Network/networkSecurityPerimeters/{name}"
    )
}

/// Id of an Azure OpenAI account that the scenarios share.
pub fn account() -> String {
    format!(
        "/subscriptions/{PROD}/resourceGroups/rg-ai-prod/providers/Microsoft.CognitiveServices/accounts/aoai-prod"
    )
}

/// An id as a target with the usual api-version.
pub fn at(id: &str) -> String {
    format!("{id}?{VERSION}")
}
