//! Answers of AWS and of stores like S3, in the forms that their services give them.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::model::endpoint::Address;
use crate::model::phase::Phase;
use crate::model::probe::HttpConditions;
use crate::model::scrub::Scrubber;
use crate::model::secret::Secret;
use crate::probe::authentication::Authentication;
use crate::probe::judge::{Rules, judge};
use crate::wire::http::Response;

/// The judgement on an answer to a request that this key has signed.
fn judged(key: &str, status: u16, headers: &[(&'static str, &str)], body: &str) -> Judgement {
    let pair = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
    };
    let headers: HeaderMap = headers.iter().map(pair).collect();
    let scrubber = Scrubber::new();
    scrubber.learn("it.secret", &Secret::new("canary-aws"));
    let authentication = Authentication {
        scheme: Some("aws4-hmac-sha256".to_owned()),
        signed: vec!["string to sign: x".to_owned()],
        key: Some(key.to_owned()),
        ..Authentication::default()
    };
    let asked = Asked {
        line: "GET /",
        address: &Address { scheme: "https".into(), host: "s3.amazonaws.com".into(), port: 443 },
        phase: Phase::Auth,
        authentication: &authentication,
        needs: None,
        connection: "it",
        renew: None,
        scrubber: &scrubber,
        now: SystemTime::UNIX_EPOCH,
    };
    let answer = Answer::new(Response { status, headers, body: body.into(), truncated: false });
    let judgement = judge(&asked, Rules { accept: &HttpConditions::default(), refuse: &[] }, &answer);
    assert!(!judgement.message.contains("canary"), "{}", judgement.message);
    judgement
}

fn of_s3(code: &str, more: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>{more}<RequestId>4442587FB7D0A2F9</RequestId></Error>"
    )
}

fn of_query(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>{code}</Code>\n    \
         <Message>{message}</Message>\n  </Error>\n</ErrorResponse>"
    )
}

#[test]
fn codes_are_found_wherever_services_put_them() {
    let rejected = Some(Cause::CredentialRejected);
    let json = r#"{"Error":{"Code":"InvalidClientTokenId","Message":"The security token included in the request is invalid.","Type":"Sender"},"RequestId":"1"}"#;
    assert_eq!(judged("AKID", 403, &[], json).cause, rejected);
    let coral = r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"invalid"}"#;
    assert_eq!(judged("AKID", 400, &[], coral).cause, rejected);
    let header = [("x-amzn-errortype", "UnrecognizedClientException:http://internal.amazon.com/coral/x/")];
    assert_eq!(judged("AKID", 403, &header, r#"{"message":"The security token is invalid."}"#).cause, rejected);
    assert_eq!(judged("AKID", 403, &[], &of_s3("InvalidAccessKeyId", "")).cause, rejected);
    assert_eq!(judged("AKID", 403, &[], &of_query("InvalidClientTokenId", "invalid")).cause, rejected);
    let of_ec2 = "<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors></Response>";
    assert_eq!(judged("AKID", 401, &[], of_ec2).cause, rejected);
    // What names no code is judged by its status; S3 may find an error after it has said 200.
    assert_eq!(judged("AKID", 403, &[], "<html>no</html>").cause, Some(Cause::Forbidden));
    assert_eq!(judged("AKID", 200, &[("content-type", "text/html")], &of_s3("InvalidAccessKeyId", "")).cause, rejected);
}

#[test]
fn every_code_has_its_cause() {
    for (code, expected) in [
        ("SignatureDoesNotMatch", Cause::SignatureInvalid),
        ("InvalidSignatureException", Cause::SignatureInvalid),
        ("ExpiredToken", Cause::CredentialExpired),
        ("ExpiredTokenException", Cause::CredentialExpired),
        ("AccessDenied", Cause::PermissionMissing),
        ("AccessDeniedException", Cause::PermissionMissing),
        ("UnauthorizedOperation", Cause::PermissionMissing),
        ("RequestTimeTooSkewed", Cause::ClockSkew),
        ("RequestExpired", Cause::ClockSkew),
        ("IncompleteSignature", Cause::ConfigInvalid),
        ("IncompleteSignatureException", Cause::ConfigInvalid),
        ("MissingAuthenticationToken", Cause::CredentialMissing),
        ("MissingAuthenticationTokenException", Cause::CredentialMissing),
        ("AuthorizationHeaderMalformed", Cause::ConfigInvalid),
        ("SlowDown", Cause::RateLimited),
        ("ThrottlingException", Cause::RateLimited),
        ("AccountProblem", Cause::AccountSuspended),
    ] {
        for body in [of_s3(code, ""), of_query(code, "x"), format!(r#"{{"Error":{{"Code":"{code}"}}}}"#)] {
            assert_eq!(judged("AKID", 403, &[], &body).cause, Some(expected), "{body}");
        }
    }
    assert_eq!(judged("AKID", 404, &[], &of_s3("NoSuchBucket", "")).cause, Some(Cause::NotFound));
}

#[test]
fn clocks_regions_and_secrets_hide_behind_one_code() {
    for (message, expected) in [
        (
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123900Z (20150830T124400Z - 5 min.)",
            Cause::ClockSkew,
        ),
        ("Signature not yet current: 20150830T124600Z is still later than 20150830T124100Z", Cause::ClockSkew),
        ("Credential should be scoped to a valid region, not 'us-east-2'.", Cause::ConfigInvalid),
        ("Credential should be scoped to correct service: 'sts'.", Cause::ConfigInvalid),
        ("The request signature we calculated does not match the signature you provided.", Cause::SignatureInvalid),
    ] {
        for code in ["SignatureDoesNotMatch", "InvalidSignatureException"] {
            let judgement = judged("AKID", 403, &[], &of_query(code, message));
            assert_eq!(judgement.cause, Some(expected), "{message}");
            assert!(judgement.message.contains(&message[..40]), "{}", judgement.message);
        }
    }
}

#[test]
fn the_access_key_is_named_and_nothing_secret() {
    let said = judged("AKIDEXAMPLE", 403, &[], &of_s3("InvalidAccessKeyId", "<Message>canary-aws</Message>"));
    assert!(said.message.contains("does not accept the access key `AKIDEXAMPLE`"), "{}", said.message);
    assert!(said.remedy.is_some_and(|remedy| remedy.contains("Make a new one")));
    let temporary = judged("ASIAEXAMPLE", 403, &[], &of_s3("InvalidAccessKeyId", ""));
    assert!(temporary.remedy.is_some_and(|remedy| remedy.contains("`session_token` of `it`")));
    let denied = judged("AKID", 403, &[], &of_query("AccessDenied", "User: x is not authorized to perform: sts:X"));
    assert!(denied.message.contains("not authorized to perform") && denied.phase == Phase::Authz, "{denied:?}");
}

#[test]
fn the_right_region_and_the_right_host_are_named() {
    let words = "<Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message>";
    for more in [format!("{words}<Region>eu-west-1</Region>"), words.to_owned(), words.replace('\'', "&apos;")] {
        let said = judged("AKID", 400, &[], &of_s3("AuthorizationHeaderMalformed", &more));
        assert_eq!(said.cause, Some(Cause::ConfigInvalid));
        assert!(said.message.contains("belongs to the region `eu-west-1`"), "{}", said.message);
        assert!(said.remedy.is_some_and(|remedy| remedy.starts_with("Make `eu-west-1` the region of `it`")));
    }
    let elsewhere = "<Message>Send all future requests to this endpoint.</Message><Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint>";
    let region = [("x-amz-bucket-region", "eu-west-1")];
    let said = judged("AKID", 301, &region, &of_s3("PermanentRedirect", elsewhere));
    assert_eq!(said.cause, Some(Cause::Redirected));
    assert!(said.message.contains("the right host is `b.s3.eu-west-1.amazonaws.com`"), "{}", said.message);
    assert!(said.remedy.is_some_and(|remedy| remedy.contains("`eu-west-1`")));
}

#[test]
fn a_busy_service_says_when_to_come_back() {
    let said = judged("AKID", 503, &[("retry-after", "7")], &of_s3("SlowDown", ""));
    assert_eq!((said.cause, said.retry_after), (Some(Cause::RateLimited), Some(Duration::from_secs(7))));
}
