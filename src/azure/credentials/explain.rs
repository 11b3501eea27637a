//! Turns errors of the credential libraries into one attempt that a person can read.
//!
//! Must not let secrets through: every text goes through the redactor, and output of a tool that
//! was meant to hold a token is never repeated.

use std::error::Error;
use std::io;

use azure_core::error::ErrorKind;

use super::device_code::DeviceCodeError;
use super::failure::{Attempt, Cause};
use super::kind::Kind;
use super::redact::Redactor;

/// A reason is cut at this many characters; the chain keeps the whole text.
const REASON: usize = 200;

/// Explains why `kind` yielded no token.
pub(super) fn explain(kind: Kind, error: &azure_core::Error, redactor: &Redactor) -> Attempt {
    let errors = chain(error);
    let texts: Vec<String> = errors.iter().map(|error| redactor.clean(&error.to_string())).collect();
    let all = texts.join("\n");
    let (cause, reason) = judge(kind, &errors, &all);
    let unprintable = cause == Cause::Unusable && matches!(kind, Kind::AzureCli | Kind::Azd);
    let mut chain: Vec<String> = if unprintable { Vec::new() } else { texts };
    chain.dedup();
    Attempt { kind, cause, reason: shorten(&reason), chain }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| <dyn Error>::source(*error)).collect()
}

fn judge(kind: Kind, errors: &[&(dyn Error + 'static)], all: &str) -> (Cause, String) {
    if let Some(device) = find::<DeviceCodeError>(errors) {
        return (device.cause(), entra(all).unwrap_or_else(|| first_line(all)));
    }
    let tool = matches!(kind, Kind::AzureCli | Kind::Azd);
    if tool && all.contains("not found on PATH") {
        return (Cause::NotInstalled, first_line(all));
    }
    if tool && (all.contains("az login") || all.contains("azd auth login") || all.contains("AADSTS")) {
        return (Cause::NotSignedIn, entra(all).unwrap_or_else(|| first_line(all)));
    }
    // Entra's own words come before the libraries' kinds: azure_identity fails to decode an error
    // body with escaped characters in it, which all real ones have, and reports that instead.
    if let Some(words) = entra(all) {
        return (Cause::Refused, words);
    }
    if let Some(io) = find::<io::Error>(errors).filter(|io| io.kind() == io::ErrorKind::TimedOut) {
        return (Cause::TimedOut, io.to_string());
    }
    if let Some(http) = find::<reqwest::Error>(errors) {
        return unreachable(http, errors);
    }
    let kinds: Vec<&ErrorKind> = errors
        .iter()
        .filter_map(|error| error.downcast_ref::<azure_core::Error>())
        .map(azure_core::Error::kind)
        .collect();
    if let Some(status) = kinds.iter().find_map(|kind| status(kind)) {
        return (Cause::Refused, format!("answered {status}: {}", first_line(all)));
    }
    if kinds.contains(&&ErrorKind::DataConversion) || find::<serde_json::Error>(errors).is_some() {
        let what = if tool {
            "printed something that is not a token"
        } else {
            "answered something that is not a token"
        };
        return (Cause::Unusable, format!("{kind} {what}"));
    }
    (Cause::Refused, first_line(all))
}

fn find<'a, E: Error + 'static>(errors: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    errors.iter().find_map(|error| error.downcast_ref::<E>())
}

fn status(kind: &ErrorKind) -> Option<u16> {
    match kind {
        ErrorKind::HttpResponse { status, .. } => Some(u16::from(*status)),
        _ => None,
    }
}

/// A transport failure: where it was going, and the innermost cause, which is the telling one.
fn unreachable(http: &reqwest::Error, errors: &[&(dyn Error + 'static)]) -> (Cause, String) {
    let host = http.url().and_then(|url| url.host_str()).unwrap_or("the authority").to_owned();
    if http.is_timeout() {
        return (Cause::TimedOut, format!("no answer from {host} in time"));
    }
    let innermost = errors.last().map(ToString::to_string).unwrap_or_default();
    (Cause::Unreachable, format!("cannot reach {host}: {innermost}"))
}

/// Entra's error text, from its number to the end of the sentence line, without the trace ids.
fn entra(all: &str) -> Option<String> {
    let (_, from) = all.split_at(all.find("AADSTS")?);
    let ends = ["\n", "\r", "\\r", "\\n", " Trace ID:", "\", expected", "\",\""];
    let end = ends.iter().filter_map(|end| from.find(end)).min().unwrap_or(from.len());
    let (words, _) = from.split_at(end);
    Some(words.trim().to_owned())
}

/// The first line that says something, without the decorations of azure_identity and of `az`.
fn first_line(all: &str) -> String {
    all.lines()
        .map(|line| line.split_once("authentication failed.").map_or(line, |(_, rest)| rest).trim())
        .map(|line| line.strip_prefix("ERROR:").unwrap_or(line).trim())
        .find(|line| {
            !line.is_empty() && !line.starts_with("WARNING:") && !line.starts_with("To troubleshoot")
        })
        .unwrap_or("no reason given")
        .to_owned()
}

fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= REASON {
        return line;
    }
    let mut cut: String = line.chars().take(REASON - 1).collect();
    cut.push('\u{2026}');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use azure_core::Error as Azure;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only the failure to decode it matters")]
    struct Borrowed<'a> {
        error_description: &'a str,
    }

    fn credential(name: &str, source: Azure) -> Azure {
        let text = format!("{name} authentication failed. {source}\nTo troubleshoot, visit https://aka.ms/x");
        Azure::with_error(ErrorKind::Credential, source, text)
    }

    #[test]
    fn a_missing_tool_and_a_missing_sign_in_are_told_apart() {
        let missing = Azure::with_message(ErrorKind::Credential, "az not found on PATH");
        let attempt =
            explain(Kind::AzureCli, &credential("AzureCliCredential", missing), &Redactor::default());
        assert_eq!((attempt.cause, attempt.reason.as_str()), (Cause::NotInstalled, "az not found on PATH"));

        let stderr = "WARNING: old version\nERROR: Please run 'az login' to setup account.\n";
        let signed_out = Azure::with_message(ErrorKind::Credential, stderr);
        let attempt =
            explain(Kind::AzureCli, &credential("AzureCliCredential", signed_out), &Redactor::default());
        assert_eq!(attempt.cause, Cause::NotSignedIn);
        assert_eq!(attempt.reason, "Please run 'az login' to setup account.");
    }

    #[test]
    fn entras_words_survive_the_library_that_cannot_decode_them() {
        let json = r#"{"error_description":"AADSTS7000215: Invalid client secret.\r\nTrace ID: 1"}"#;
        let decode = serde_json::from_str::<Borrowed<'_>>(json).unwrap_err();
        let error = credential("ClientSecretCredential", Azure::new(ErrorKind::DataConversion, decode));
        let attempt = explain(Kind::ClientSecret, &error, &Redactor::default());
        assert_eq!(attempt.cause, Cause::Refused);
        assert_eq!(attempt.reason, "AADSTS7000215: Invalid client secret.");
    }

    #[test]
    fn a_tools_garbage_is_never_repeated() {
        let decode = serde_json::from_str::<u32>("\"hush-hush\"").unwrap_err();
        assert!(decode.to_string().contains("hush-hush"));
        let error = credential("AzureCliCredential", Azure::new(ErrorKind::DataConversion, decode));
        let attempt = explain(Kind::AzureCli, &error, &Redactor::default());
        assert_eq!(attempt.cause, Cause::Unusable);
        assert!(!format!("{attempt:?}").contains("hush-hush"));
    }

    #[test]
    fn known_secrets_and_tokens_are_taken_out_of_reason_and_chain() {
        let inner =
            Azure::with_message(ErrorKind::Other, "bad secret s3cret-value and eyJhbGciOiJub25lIn0.e30.x");
        let error = credential("ClientSecretCredential", inner);
        let attempt = explain(Kind::ClientSecret, &error, &Redactor::new(["s3cret-value".to_owned()]));
        let all = format!("{attempt:?}");
        assert!(!all.contains("s3cret-value") && !all.contains("eyJ"), "{all}");
        assert!(attempt.reason.contains("bad secret <removed>"));
    }

    #[test]
    fn reasons_are_one_short_line() {
        let error =
            Azure::with_message(ErrorKind::Credential, format!("first {}\nsecond", "word ".repeat(90)));
        let attempt = explain(Kind::ClientSecret, &error, &Redactor::default());
        assert!(attempt.reason.chars().count() <= REASON && !attempt.reason.contains('\n'));
        assert!(attempt.chain.iter().any(|text| text.contains("second")));
    }
}
