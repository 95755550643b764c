"""What programs of others talk to: bots, webhooks in and out, and Slack's API."""
