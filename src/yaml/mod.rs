//! Floor 0: positions. YAML text becomes a tree that knows where everything stands.
