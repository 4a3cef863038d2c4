//! Floor 2: doubles, stand-in servers on loopback that play a fixture.
