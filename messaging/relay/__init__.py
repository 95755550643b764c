"""The relay: every change of every log, told to a message broker as a CloudEvent.

`changes` reads what has changed since the relay's cursors, `cloud_events` makes events of it, and
`brokers` publish them: Kafka, RabbitMQ or NATS. `moved` says which logs have moved, by logical
decoding or by comparing heads; `leadership` lets one relay at a time do it; `relay` is the loop.
"""
