"""`{% overview user %}`: the figures on the admin's first page that the person may see."""

from typing import Any

from django import template

from accounts.models import User
from messaging.moderation import overview as figures

register = template.Library()


@register.inclusion_tag("admin/overview.html")
def overview(user: User) -> dict[str, Any]:
    sees_reports = user.has_perm("messaging.view_report")
    sees_operation = user.has_perm("accounts.view_operation")
    return {
        "moderation": figures.moderator_figures() if sees_reports else None,
        "operation": figures.operator_figures() if sees_operation else None,
    }


@register.inclusion_tag("admin/bars.html")
def day_bars(bars: list[figures.Bar], label: str) -> dict[str, Any]:
    """A chart in plain SVG: pages may contain no inline style and no script."""
    width = len(bars) * figures.STEP
    return {"bars": bars, "label": label, "width": width, "height": figures.HEIGHT}
