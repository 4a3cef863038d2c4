//! Scopes: those granted against those that a step needs.

/// The needed scopes that are not granted, in the order of the need. Writing implies reading: Shopify lists what was granted, and
/// leaves `read_products` out where there is `write_products`.
pub(crate) fn missing<'n>(granted: &[String], needed: &'n [String]) -> Vec<&'n String> {
    needed.iter().filter(|scope| !granted.iter().any(|has| satisfies(has, scope))).collect()
}

fn satisfies(has: &str, scope: &str) -> bool {
    // `unauthenticated_read_x` and `customer_read_x` follow the same rule as `read_x`.
    let written = ["", "unauthenticated_", "customer_"].into_iter().find_map(|prefix| {
        let rest = scope.strip_prefix(prefix)?.strip_prefix("read_")?;
        Some(format!("{prefix}write_{rest}"))
    });
    has == scope || written.is_some_and(|written| has == written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading_and_not_the_reverse() {
        let own = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
        let granted = own(&["write_products", "read_orders", "unauthenticated_write_checkouts"]);
        let needed = own(&["read_products", "write_products", "read_orders", "unauthenticated_read_checkouts"]);
        assert_eq!(missing(&granted, &needed), [""; 0]);
        let needed = own(&["write_orders", "read_all_orders", "read_customers"]);
        assert_eq!(missing(&granted, &needed), ["write_orders", "read_all_orders", "read_customers"]);
    }
}
