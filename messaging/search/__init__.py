"""Search: over messages, people, conversations and files, as far as the one visibility rule goes.

`chatproject.core.text_folding` and `tokens` say what a text is made of, for the index and for
queries alike; `query` reads what a person typed, `filters` what its filters name. `contract` is
what an index has to do, `postgres` and `opensearch` do it; `indexer` fills it by the log's revs.
`messages`, `names` and `files` answer.
"""
