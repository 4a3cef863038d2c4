//! Floor 1: YAML in. What may be written, turned into what is valid, every mistake with its place.
