"""Integrations: bots, webhooks in both directions, and Slack's API."""
