"""An app that ends the process between a commit and its publication, for tests alone."""
