//! The checking proxy: passes bytes on unchanged and misses no fault of either side.

use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::http_client;
use crate::support::judge::Judge;
use crate::support::proxy::Proxy;
use crate::support::truth::truth;

const NSP: &str = "/subscriptions/4cbcaf3d-22e1-4c0f-a1d3-2b0e2a8a91aa/resourceGroups/rg/providers/Microsoft.Network/networkSecurityPerimeters";

/// A service that knows three perimeters: a good one, one with a fault, and one told with the request's own host.
async fn service() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(|uri: Uri, headers: HeaderMap| async move {
        let host = headers["host"].to_str().unwrap().to_owned();
        let id = uri.path().to_owned();
        match id.rsplit('/').next().unwrap_or_default() {
            "bad" => (StatusCode::OK, r#"{"location":"x","properties":{"perimiterGuid":"g"}}"#.to_owned()),
            "good" => (
                StatusCode::OK,
                format!(r#"{{"id":"{id}","location":"{host}","etag":"","properties":{{}}}}"#),
            ),
            _ => (StatusCode::NOT_FOUND, r#"{"error":{"code":"NotFound","message":"none"}}"#.to_owned()),
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

#[tokio::test]
async fn faults_of_client_and_service_are_told_apart() {
    let Some(_) = truth("the checking proxy") else { return };
    let proxy = Proxy::start(service().await, Judge::new("the checking proxy")).await;
    let client = http_client();
    let url = |name: &str| format!("{}{NSP}/{name}?api-version=2024-10-01", proxy.url());
    let good = client.get(url("good")).send().await.unwrap().text().await.unwrap();
    let host = proxy.url().replace("http://", "");
    assert_eq!(good, format!(r#"{{"id":"{NSP}/good","location":"{host}","etag":"","properties":{{}}}}"#));
    assert_eq!(client.get(url("none")).send().await.unwrap().status(), 404);
    client.get(format!("{}/_sim/requests", proxy.url())).send().await.unwrap();
    proxy.assert_clean();
    assert_eq!(proxy.judge().exchanges(), 2);
    assert_eq!(proxy.judge().calls().into_iter().collect::<Vec<_>>(), ["GET {nsp}"]);
    assert_eq!(proxy.judge().allowed().len(), 1);

    client.get(url("bad")).send().await.unwrap();
    client.put(url("good")).body(r#"{"loction":"x"}"#).send().await.unwrap();
    let (requests, answers) = (proxy.judge().requests(), proxy.judge().answers());
    assert_eq!((requests.len(), answers.len()), (2, 1), "{requests:?} {answers:?}");
    assert!(answers[0].contains("extra /properties/perimiterGuid"));
    assert!(requests.iter().any(|line| line.contains("extra /loction")));
    assert_eq!(proxy.judge().violations().len(), 3);
}

#[tokio::test]
async fn a_torn_answer_is_passed_on_torn() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let torn = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let count = stream.read(&mut asked).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":").await.unwrap();
        asked.truncate(count);
        asked
    });
    let proxy = Proxy::start(address, Judge::new("a torn answer")).await;
    let mut stream = tokio::net::TcpStream::connect(proxy.url().replace("http://", "")).await.unwrap();
    let sent =
        format!("GET {NSP}/a?api-version=2024-10-01 HTTP/1.1\r\nhOsT: odd\r\nX-Two: 1\r\nX-Two: 2\r\n\r\n");
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
    assert_eq!(torn.await.unwrap(), sent.as_bytes());
    assert_eq!(proxy.judge().answers(), Vec::<String>::new());
}
