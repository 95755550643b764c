"""How commands are typed, and what is said of a wrong one."""


class Wrong(Exception):
    """An invalid command; the text says how to correct it."""


def seq_in(text: str, usage: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise Wrong(f"It goes like this: {usage}")
    return int(text)


def seq_and_rest(text: str, usage: str) -> tuple[int, str]:
    seq, _, rest = text.partition(" ")
    if not rest.strip():
        raise Wrong(f"It goes like this: {usage}")
    return seq_in(seq, usage), rest.strip()
