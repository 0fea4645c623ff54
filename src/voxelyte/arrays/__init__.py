"""Arrays: where copies of a feature stand, how large each is, and whether any two meet. Nothing here knows what the feature is."""

from __future__ import annotations
