"""How large a cluster has to be for so many people, and what fails first.

    python -m tests.simulation --people 20000000

`costs` are what was measured, `workload` is what people do, `placement` throws conversations onto
shards and shards onto nodes, `cluster` reckons what that takes. Every figure can be given.
"""
