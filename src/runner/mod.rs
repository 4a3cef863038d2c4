//! Floor 3: the runner. Plans, stages, runs; emits events and knows no format.
