"""An app that fails with what people gave it, to see what operators are told of it. In the tests'
settings only."""
