"""A third-party app, installed in the tests' settings only: it sends events of its own."""
