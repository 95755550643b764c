"""A background task of the app."""

from uuid import UUID

from procrastinate.contrib.django import app

from chatproject.push import push_to_user


@app.task(name="acme.tick")
def tick(user_id: str) -> None:
    push_to_user(UUID(user_id), "acme.tick", {"from": "task"})
