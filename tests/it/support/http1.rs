//! Just enough of HTTP/1.1 to find where a message ends and what its body is, in bytes that somebody else exchanges.

/// The first line and what matters of the headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Bytes up to the body.
    pub length: usize,
    pub method: String,
    pub target: String,
    /// 0 in a request.
    pub status: u16,
    pub framing: Framing,
    /// The body is compressed or otherwise encoded.
    pub encoded: bool,
}

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

/// The head of a request, once all of it has come.
pub fn request_head(bytes: &[u8]) -> Result<Option<Head>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(bytes)? else { return Ok(None) };
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let (framing, encoded) = framing(request.headers, Framing::Length(0));
    Ok(Some(Head {
        length,
        method: method.to_owned(),
        target: target.to_owned(),
        status: 0,
        framing,
        encoded,
    }))
}

/// The head of the answer to a request with `method`, once all of it has come.
pub fn answer_head(bytes: &[u8], method: &str) -> Result<Option<Head>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = answer.parse(bytes)? else { return Ok(None) };
    let status = answer.code.unwrap_or_default();
    let (mut framing, encoded) = framing(answer.headers, Framing::UntilClose);
    if method == "HEAD" || status < 200 || matches!(status, 204 | 304) {
        framing = Framing::Length(0);
    }
    Ok(Some(Head { length, method: String::new(), target: String::new(), status, framing, encoded }))
}

fn framing(headers: &[httparse::Header<'_>], otherwise: Framing) -> (Framing, bool) {
    let value = |name: &str| {
        let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).trim().to_lowercase())
    };
    let encoded = value("content-encoding").is_some_and(|encoding| encoding != "identity");
    if value("transfer-encoding").is_some_and(|encoding| encoding.contains("chunked")) {
        return (Framing::Chunked, encoded);
    }
    (
        value("content-length").and_then(|length| length.parse().ok()).map_or(otherwise, Framing::Length),
        encoded,
    )
}

/// The body and the length of the whole message, once all of it has come. `closed`: nothing more will.
pub fn body(
    bytes: &[u8],
    head: &Head,
    closed: bool,
) -> Result<Option<(Vec<u8>, usize)>, httparse::InvalidChunkSize> {
    let rest = &bytes[head.length..];
    match head.framing {
        Framing::Length(length) => {
            Ok((rest.len() >= length).then(|| (rest[..length].to_vec(), head.length + length)))
        }
        Framing::UntilClose => Ok(closed.then(|| (rest.to_vec(), bytes.len()))),
        Framing::Chunked => chunks(rest).map(|found| found.map(|(body, used)| (body, head.length + used))),
    }
}

fn chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, httparse::InvalidChunkSize> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let httparse::Status::Complete((head, size)) = httparse::parse_chunk_size(&bytes[at..])? else {
            return Ok(None);
        };
        let start = at + head;
        let end = start.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        if size == 0 {
            // Trailers, if any, end with an empty line as the body itself does.
            let Some(blank) = bytes[start..].windows(2).position(|pair| pair == b"\r\n") else {
                return Ok(None);
            };
            if blank == 0 {
                return Ok(Some((body, start + 2)));
            }
            let trailers = bytes[start..].windows(4).position(|four| four == b"\r\n\r\n");
            return Ok(trailers.map(|found| (body, start + found + 4)));
        }
        if bytes.len() < end.saturating_add(2) {
            return Ok(None);
        }
        body.extend_from_slice(&bytes[start..end]);
        at = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_where_its_framing_says_and_not_a_byte_earlier() {
        let plain = b"PUT /x?a=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}".as_slice();
        let chunked =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"
                .as_slice();
        let head = request_head(plain).unwrap().unwrap();
        assert_eq!(
            (head.method.as_str(), head.target.as_str(), head.framing),
            ("PUT", "/x?a=1", Framing::Length(2))
        );
        assert_eq!(body(plain, &head, false).unwrap(), Some((b"{}".to_vec(), plain.len())));
        let head = answer_head(chunked, "GET").unwrap().unwrap();
        for end in head.length..chunked.len() {
            assert_eq!(body(&chunked[..end], &head, false).unwrap(), None, "{end}");
        }
        assert_eq!(body(chunked, &head, false).unwrap(), Some((b"{}".to_vec(), chunked.len())));
    }

    #[test]
    fn an_answer_without_length_lasts_until_the_connection_closes() {
        let open = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nabc".as_slice();
        let head = answer_head(open, "GET").unwrap().unwrap();
        assert!(head.encoded);
        assert_eq!(body(open, &head, false).unwrap(), None);
        assert_eq!(body(open, &head, true).unwrap(), Some((b"abc".to_vec(), open.len())));
        let empty = answer_head(b"HTTP/1.1 204 No Content\r\n\r\n", "GET").unwrap().unwrap();
        assert_eq!(empty.framing, Framing::Length(0));
    }
}
