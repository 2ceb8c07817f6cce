"""A stand-in for a provider's HTTP API, so that the real clients run without a network."""
