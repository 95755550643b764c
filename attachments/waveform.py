"""The waveform of a recording: how loud it is from its beginning to its end, in few numbers.

Browsers send the one that they have decoded. Of a WAV, which needs no decoder, it is measured here.
"""

import sys
import wave
from array import array
from typing import IO

MAX_BARS = 64
LOUDEST = 100
WAV = "audio/wav"

# A text such as 0,12,100: at most MAX_BARS numbers of 0 to LOUDEST.
PATTERN = rf"^(100|[1-9]?\d)(,(100|[1-9]?\d)){{0,{MAX_BARS - 1}}}$"
_SAMPLE_BYTES = 2
_READ_FRAMES = 4096  # of each bar, from its beginning: enough to see how loud it is


def parse_waveform(text: str) -> list[int]:
    """The bars in a text that fits PATTERN."""
    return [int(part) for part in text.split(",")]


def waveform_of_wav(file: IO[bytes]) -> list[int] | None:
    """MAX_BARS loudnesses, 0 to LOUDEST, the loudest at LOUDEST; None where it is no WAV of 16-bit
    samples. Reads a bounded part of the file, whatever its head claims."""
    file.seek(0)
    try:
        with wave.open(file, "rb") as source:
            frames, width = source.getnframes(), source.getsampwidth()
            if width != _SAMPLE_BYTES or frames < MAX_BARS:
                return None
            step = frames // MAX_BARS
            loudness = []
            for bar in range(MAX_BARS):
                source.setpos(bar * step)
                loudness.append(_peak(source.readframes(min(step, _READ_FRAMES))))
    except (wave.Error, EOFError, OSError, ValueError, RuntimeError):
        return None
    most = max(loudness) or 1
    return [round(LOUDEST * each / most) for each in loudness]


def _peak(samples: bytes) -> int:
    values = array("h", samples[: len(samples) // _SAMPLE_BYTES * _SAMPLE_BYTES])
    if sys.byteorder == "big":
        values.byteswap()
    return max((abs(value) for value in values), default=0)
