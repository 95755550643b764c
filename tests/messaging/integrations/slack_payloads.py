"""Payloads as well-known programs send them to Slack's incoming webhooks, from their formats."""

GRAFANA = {
    "channel": "#alerts",
    "username": "Grafana",
    "icon_url": "https://grafana.com/static/assets/img/fav32.png",
    "attachments": [
        {
            "color": "#D63232",
            "title": "[FIRING:1] High load (db-1 critical)",
            "title_link": "https://grafana.example.org/alerting/list",
            "fallback": "[FIRING:1] High load (db-1 critical)",
            "text": "**Firing**\n\nValue: A=93.2\nLabels:\n - alertname = High load\n",
            "footer": "Grafana v11.2.0",
            "footer_icon": "https://grafana.com/static/assets/img/fav32.png",
            "ts": 1_725_000_000,
            "mrkdwn_in": ["pretext"],
        }
    ],
}
GITLAB = {
    "channel": "#dev",
    "username": "GitLab",
    "icon_url": "https://gitlab.example.org/logo.png",
    "text": "Ann Lee (ann) pushed to branch <https://gitlab.example.org/x/-/commits/main|main> of "
    "<https://gitlab.example.org/x|Shop &amp; Co / x> "
    "(<https://gitlab.example.org/x/-/compare/a...b|Compare changes>)",
    "fallback": "Ann Lee (ann) pushed to branch main",
    "attachments": [
        {
            "text": "<https://gitlab.example.org/x/-/commit/1f3a|1f3a>: "
            "Fix a *race* &lt;again&gt; - Ann",
            "color": "#345",
        }
    ],
}
GITEA = {
    "channel": "#repo",
    "text": "[<https://gitea.example.org/o/r|o/r>] Pull request opened: "
    "<https://gitea.example.org/o/r/pulls/7|#7 Faster start> by "
    "<https://gitea.example.org/bea|bea>",
    "username": "Gitea",
    "icon_url": "https://gitea.example.org/logo.png",
    "unfurl_links": 0,
    "link_names": 0,
    "attachments": [
        {
            "fallback": "",
            "color": "#1ac600",
            "title": "#7 Faster start",
            "title_link": "https://gitea.example.org/o/r/pulls/7",
            "text": "It loads less.",
            "fields": None,
        }
    ],
}
ALERTMANAGER = {
    "channel": "#alerts",
    "username": "Alertmanager",
    "attachments": [
        {
            "title": "[FIRING:2] InstanceDown (web)",
            "title_link": "https://prometheus.example.org/#/alerts?receiver=slack",
            "pretext": "",
            "text": "Two instances are down.",
            "fallback": "[FIRING:2] InstanceDown | https://prometheus.example.org",
            "callback_id": "",
            "fields": [
                {"title": "severity", "value": "critical", "short": True},
                {"title": "team", "value": "ops", "short": True},
            ],
            "actions": [{"type": "button", "text": "Runbook", "url": "https://wiki.example.org"}],
            "color": "danger",
            "mrkdwn_in": ["fallback", "pretext", "text"],
        }
    ],
}
SENTRY = {
    "text": "[shop] ZeroDivisionError: division by zero",
    "blocks": [
        {
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": ":red_circle: <https://sentry.example.org/issues/5|*ZeroDivisionError*>",
            },
            "block_id": '{"issue":5}',
        },
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "```division by zero in cart.py```"},
        },
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": "resolve",
                    "text": {"type": "plain_text", "text": "Resolve"},
                    "value": "5",
                }
            ],
        },
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": "Project: shop  *Short ID:* SHOP-5"}],
        },
    ],
}
