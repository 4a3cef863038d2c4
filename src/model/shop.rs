//! Which Shopify store is meant. The match is anchored: a token goes to `NAME.myshopify.com` and nowhere else.

/// The domain that every store has and keeps, whatever customers see.
const SUFFIX: &str = ".myshopify.com";

/// Brings what people write for a store into the form `name.myshopify.com`.
///
/// Takes the bare name, the domain with or without `https://` and a path, and the address of the store's admin.
///
/// # Errors
/// Why this cannot be a store's domain, in words that begin after "the shop".
pub fn normalise(written: &str) -> Result<String, String> {
    let lower = written.trim().to_ascii_lowercase();
    let address = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let (host, path) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
    let host = host.strip_suffix('.').unwrap_or(host);
    let name = if host == "admin.shopify.com" {
        let store = path.strip_prefix("/store/").unwrap_or_default();
        &store[..store.find(['/', '?', '#']).unwrap_or(store.len())]
    } else {
        host.strip_suffix(SUFFIX).unwrap_or(host)
    };
    if is_name(name) { Ok(format!("{name}{SUFFIX}")) } else { Err(reason(host)) }
}

/// `[a-z0-9][a-z0-9-]*`, at most 63 characters as in any domain label.
fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.bytes().next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn reason(host: &str) -> String {
    if host.is_empty() {
        "is empty".to_owned()
    } else if host == "admin.shopify.com" {
        "is the address of Shopify's admin without a store in it".to_owned()
    } else if host.contains(SUFFIX) {
        "does not end with .myshopify.com, or has more than a name before it".to_owned()
    } else if host.contains('.') && !host.contains('@') {
        "is a domain of the store's own; only its .myshopify.com domain serves the API".to_owned()
    } else {
        "has characters that no store's name has".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_a_store_is_taken() {
        for written in [
            "acme-outdoor",
            "acme-outdoor.myshopify.com",
            " ACME-Outdoor.MyShopify.com ",
            "acme-outdoor.myshopify.com.",
            "https://acme-outdoor.myshopify.com",
            "http://acme-outdoor.myshopify.com/",
            "https://acme-outdoor.myshopify.com/admin/products?x=1#y",
            "https://admin.shopify.com/store/acme-outdoor",
            "admin.shopify.com/store/acme-outdoor/settings/apps",
        ] {
            assert_eq!(normalise(written).as_deref(), Ok("acme-outdoor.myshopify.com"), "{written}");
        }
    }

    #[test]
    fn nothing_else_ever_passes_for_a_store() {
        for written in [
            "",
            "   ",
            "acme.myshopify.com.evil.tld",
            "evil.tld/acme.myshopify.com",
            "https://evil.tld?acme.myshopify.com",
            "https://evil.tld#.myshopify.com",
            "https://evil.tld\\.myshopify.com",
            "acme.myshopify.com@evil.tld",
            "user:secret@acme.myshopify.com",
            "acme.myshopify.com:8443",
            "a.b.myshopify.com",
            ".myshopify.com",
            "-acme.myshopify.com",
            "xn--\u{e9}.myshopify.com",
            "acme\u{2024}myshopify.com",
            "acme\r\n.myshopify.com",
            "acme myshopify.com",
            "evilmyshopify.com",
            "shop.acme.com",
            "admin.shopify.com",
            "admin.shopify.com/store/",
            "https://https://acme.myshopify.com",
        ] {
            assert!(normalise(written).is_err(), "{written:?} gave {:?}", normalise(written));
        }
    }

    #[test]
    fn the_reason_tells_a_storefront_from_a_typing_error() {
        assert!(normalise("shop.acme.com").unwrap_err().contains("of the store's own"));
        assert!(normalise("acme.myshopify.com.evil.tld").unwrap_err().contains("does not end with"));
        assert!(normalise("acme store").unwrap_err().contains("characters"));
    }
}
