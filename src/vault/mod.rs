//! Floor 1: secrets in. References are resolved here and nowhere else.
