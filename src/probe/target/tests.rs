//! Where connections lead, as people write them.

use crate::model::fields::Fields;

use super::*;
use crate::model::app::AppKind;

fn app() -> App {
    App { name: "http".into(), title: "HTTP".into(), kind: AppKind::Connected, recipes: Vec::new() }
}

fn recipe(scheme: Scheme, base_url: &str) -> Recipe {
    Recipe {
        scheme,
        fields: Vec::new(),
        base_url: Some(base_url.into()),
        place: None,
        oauth1: None,
        oauth2: None,
        probe: None,
        renew: None,
        verified: false,
        sources: Vec::new(),
    }
}

fn connection(scheme: Scheme, fields: &[(&str, &str)]) -> Connection {
    Connection {
        name: "it".into(),
        app: "http".into(),
        scheme,
        label: None,
        default: false,
        public: fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        secrets: Fields::new(),
        place: None,
        sealed: false,
        file: "connections/it.yaml".into(),
    }
}

/// The whole URL, or the cause and the message.
fn leads(scheme: Scheme, base_url: Option<&str>, fields: &[(&str, &str)]) -> Result<String, (Cause, String)> {
    let recipe = base_url.map(|base_url| recipe(scheme, base_url));
    target(&app(), recipe.as_ref(), &connection(scheme, fields))
        .map(|target| format!("{}{}", target.address, target.base_path))
        .map_err(|judgement| {
            assert_eq!(judgement.phase, Phase::Resolve);
            assert!(judgement.remedy.is_some_and(|remedy| !remedy.is_empty()));
            (judgement.cause.expect("a refusal has a cause"), judgement.message)
        })
}

fn own(base_url: &str) -> Result<String, (Cause, String)> {
    leads(Scheme::ApiKey, None, &[("base_url", base_url)])
}

#[test]
fn base_urls_are_normalised() {
    for (written, read) in [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("HTTPS://API.Example.com:443/v1/", "https://api.example.com/v1"),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ] {
        assert_eq!(own(written).as_deref(), Ok(read), "{written}");
    }
}

#[test]
fn base_urls_that_cannot_be_right_say_why() {
    for (written, cause, part) in [
        ("api.example.com", Cause::FieldFormat, "has no scheme"),
        ("ftp://example.com", Cause::FieldFormat, "`ftp://`"),
        ("https://", Cause::FieldFormat, "is no URL"),
        ("https://a..b", Cause::FieldFormat, "names no host"),
        ("https://exa mple.com", Cause::FieldFormat, "white space"),
        ("https://example.com\\@evil.example", Cause::FieldFormat, "backslash"),
        ("https://example.com/?key=1", Cause::FieldFormat, "no query"),
        ("https://example.com/#top", Cause::FieldFormat, "no fragment"),
        ("https://user:canary-password@example.com", Cause::FieldFormat, "holds a login"),
        ("http://api.example.com", Cause::DestinationRefused, "without TLS"),
        ("http://192.168.1.9", Cause::DestinationRefused, "without TLS"),
        ("https://169.254.169.254", Cause::DestinationRefused, "link-local"),
        ("https://0xa9fea9fe/latest", Cause::DestinationRefused, "link-local"),
        ("https://[::ffff:169.254.169.254]", Cause::DestinationRefused, "link-local"),
    ] {
        let (found, message) = own(written).expect_err(written);
        assert_eq!(found, cause, "{written}");
        assert!(message.contains(part), "{written}: {message}");
        assert!(!message.contains("canary"), "{message}");
    }
}

#[test]
fn cleartext_is_a_choice_of_the_connection() {
    let fields = [("base_url", "http://10.0.0.7:8080"), ("allow_cleartext", "true")];
    assert_eq!(leads(Scheme::ApiKey, None, &fields).as_deref(), Ok("http://10.0.0.7:8080"));
    let fields = [("base_url", "http://10.0.0.7:8080"), ("allow_cleartext", "false")];
    assert!(leads(Scheme::ApiKey, None, &fields).is_err());
}

#[test]
fn a_subdomain_is_found_in_whatever_people_paste() {
    let zendesk = Some("https://{domain}.zendesk.com");
    for written in
        ["acme", "Acme", "acme.zendesk.com", "https://acme.zendesk.com/", "https://acme.zendesk.com/agent/home"]
    {
        let read = leads(Scheme::DomainLogin, zendesk, &[("domain", written)]);
        assert_eq!(read.as_deref(), Ok("https://acme.zendesk.com"), "{written}");
    }
    for written in
        ["support.acme.com", "evil.com/", "evil.com#", "evil.com?x", "a@evil.com", "-acme", "ac me", "acme:8080", "ä"]
    {
        let read = leads(Scheme::DomainLogin, zendesk, &[("domain", written)]);
        assert_eq!(read.map_err(|(cause, _)| cause), Err(Cause::FieldFormat), "{written}");
    }
    assert_eq!(
        leads(Scheme::DomainLogin, zendesk, &[("domain", " ")]).map_err(|(cause, _)| cause),
        Err(Cause::FieldMissing)
    );
}

#[test]
fn a_field_that_is_the_whole_host_may_bring_port_and_path() {
    let woo = Some("https://{domain}/wp-json/wc/v3");
    for (written, read) in [
        ("shop.example.com", "https://shop.example.com/wp-json/wc/v3"),
        ("https://shop.example.com/", "https://shop.example.com/wp-json/wc/v3"),
        ("http://shop.example.com", "https://shop.example.com/wp-json/wc/v3"),
        ("shop.example.com:8443/blog", "https://shop.example.com:8443/blog/wp-json/wc/v3"),
        ("https://shop.example.com/wp-json/wc/v3/", "https://shop.example.com/wp-json/wc/v3"),
    ] {
        assert_eq!(leads(Scheme::KeySecret, woo, &[("domain", written)]).as_deref(), Ok(read), "{written}");
    }
    assert!(leads(Scheme::KeySecret, woo, &[("domain", "user:canary@shop.example.com")]).is_err());
    let plain = leads(Scheme::DomainLogin, None, &[("domain", "crm.example.com")]);
    assert_eq!(plain.as_deref(), Ok("https://crm.example.com"));
}

#[test]
fn a_field_in_the_path_stays_one_segment() {
    let template = Some("https://api.example.com/stores/{hash}");
    let read = |hash| leads(Scheme::ApiKey, template, &[("hash", hash)]);
    assert_eq!(read("a1b2").as_deref(), Ok("https://api.example.com/stores/a1b2"));
    assert_eq!(read("../admin?x#y").as_deref(), Ok("https://api.example.com/stores/..%2Fadmin%3Fx%23y"));
    assert!(read("..").is_err());
}

#[test]
fn ftp_addresses_come_from_their_own_fields() {
    let read = |fields: &[(&str, &str)]| leads(Scheme::Ftp, None, fields);
    assert_eq!(read(&[("host", "files.example.com")]).as_deref(), Ok("ftp://files.example.com"));
    assert_eq!(read(&[("host", "[::1]"), ("port", "2121")]).as_deref(), Ok("ftp://[::1]:2121"));
    let implicit = target(&app(), None, &connection(Scheme::Ftp, &[("host", "h"), ("protocol", "ftps-implicit")]));
    assert_eq!(implicit.map(|target| target.address.port), Ok(990));
    for (fields, part) in [
        (&[("host", "ftp://files.example.com")][..], "begins with a protocol"),
        (&[("host", "files.example.com/incoming")], "a path"),
        (&[("host", "files.example.com:21")], "a port"),
        (&[("host", "deploy@files.example.com")], "user name"),
        (&[("host", "files example")], "white space"),
        (&[("host", "h"), ("port", "0")], "no port"),
        (&[("host", "h"), ("port", "65536")], "no port"),
        (&[("host", "h"), ("protocol", "scp")], "no protocol"),
        (&[("host", "169.254.169.254")], "link-local"),
    ] {
        let (_, message) = read(fields).expect_err(part);
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(read(&[]).map_err(|(cause, _)| cause), Err(Cause::FieldMissing));
}

#[test]
fn a_shop_is_anchored_to_shopify() {
    let read = |shop| leads(Scheme::ShopifyCustomApp, None, &[("shop", shop)]);
    for written in ["acme", "ACME.myshopify.com", "https://acme.myshopify.com/admin"] {
        assert_eq!(read(written).as_deref(), Ok("https://acme.myshopify.com"), "{written}");
    }
    for written in [
        "acme.example.com",
        "acme.myshopify.com.evil.example",
        "evil.example/acme.myshopify.com",
        "",
        "a.b.myshopify.com",
    ] {
        assert!(read(written).is_err(), "{written}");
    }
    let elsewhere = leads(Scheme::ShopifyCustomApp, None, &[("shop", "acme"), ("base_url", "https://evil.example")]);
    assert_eq!(elsewhere.map_err(|(cause, _)| cause), Err(Cause::DestinationRefused));
    let local = leads(Scheme::ShopifyCustomApp, None, &[("shop", "acme"), ("base_url", "http://127.0.0.1:9")]);
    assert_eq!(local.as_deref(), Ok("http://127.0.0.1:9"));
}

#[test]
fn an_app_without_an_address_needs_one_from_the_connection() {
    let (cause, message) = leads(Scheme::ApiKey, None, &[]).expect_err("nothing says where to go");
    assert_eq!((cause, message.contains("`base_url`")), (Cause::FieldMissing, true));
}
