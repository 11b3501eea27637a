//! A loopback proxy that judges what passes. It hands every byte on as it came, also of an answer that breaks off, and
//! changes nothing: the `Host` header stays the proxy's, so a service that builds its links from it leads back here.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::http1::{Head, answer_head, body, request_head};
use super::judge::Judge;

/// Runs until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    judge: Arc<Judge>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free loopback port and forwards to `upstream`.
    pub async fn start(upstream: SocketAddr, judge: Arc<Judge>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let score = Arc::clone(&judge);
        let task = tokio::spawn(async move {
            // Dropped with this task, the set ends every connection.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let judge = Arc::clone(&score);
                connections.spawn(async move {
                    let Ok(server) = TcpStream::connect(upstream).await else { return };
                    // Else each answer's last bytes wait for a delayed acknowledgement.
                    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
                        return;
                    }
                    let mut link = Link { client, server, judge, up: Vec::new() };
                    while link.exchange().await.is_some() {}
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, judge, task }
    }

    /// What to give the client as its endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Fails the test with everything that was wrong so far.
    pub fn assert_clean(&self) {
        let found = self.judge.violations();
        assert!(found.is_empty(), "against the OpenAPI documents:\n{}", found.join("\n"));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection of the client with its own to the service.
struct Link {
    client: TcpStream,
    server: TcpStream,
    judge: Arc<Judge>,
    /// Read from the client, not yet handed on.
    up: Vec<u8>,
}

impl Link {
    /// One request and its answer; `None` when either side is done.
    async fn exchange(&mut self) -> Option<()> {
        let (head, sent, length) = self.request().await?;
        self.judge.request(&head.method, &head.target, &sent);
        let message: Vec<u8> = self.up.drain(..length).collect();
        self.server.write_all(&message).await.ok()?;
        loop {
            let status = self.answer(&head).await?;
            // An interim answer is followed by the real one.
            if status >= 200 {
                return Some(());
            }
        }
    }

    async fn request(&mut self) -> Option<(Head, Vec<u8>, usize)> {
        let mut idle = [0; 1];
        loop {
            if let Some(head) = request_head(&self.up).ok()?
                && let Some((sent, length)) = body(&self.up, &head, false).ok()?
            {
                return Some((head, sent, length));
            }
            tokio::select! {
                read = self.client.read_buf(&mut self.up) => { read.ok().filter(|&count| count > 0)?; }
                // Between requests a service says nothing but goodbye.
                _ = self.server.peek(&mut idle) => return None,
            }
        }
    }

    /// Passes one answer on as it comes; it is judged before its last bytes leave, so that a client which has the answer
    /// finds it judged.
    async fn answer(&mut self, request: &Head) -> Option<u16> {
        let (mut down, mut passed) = (Vec::new(), 0);
        loop {
            let count = tokio::select! {
                read = self.server.read_buf(&mut down) => read.ok()?,
                read = self.client.read_buf(&mut self.up) => { read.ok().filter(|&count| count > 0)?; continue }
            };
            let closed = count == 0;
            let head = answer_head(&down, &request.method).ok()?;
            let whole = match &head {
                Some(head) => body(&down, head, closed).ok()?,
                None => None,
            };
            if let (Some(head), Some((said, _))) = (&head, &whole)
                && head.status >= 200
            {
                self.score(request, head, said);
            }
            self.client.write_all(&down[passed..]).await.ok()?;
            passed = down.len();
            match (head, whole) {
                (Some(head), Some(_)) if !closed => return Some(head.status),
                _ if closed => return None,
                _ => {}
            }
        }
    }

    fn score(&self, request: &Head, head: &Head, said: &[u8]) {
        if head.encoded {
            self.judge.unreadable(
                &request.method,
                &request.target,
                "the answer is encoded and cannot be judged",
            );
        } else {
            self.judge.answer(&request.method, &request.target, head.status, said);
        }
    }
}
