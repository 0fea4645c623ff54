"""Huffman codes as DEFLATE states them (RFC 1951, 3.2.2), written as texts of 0 and 1 in the stream's order."""

from __future__ import annotations

from collections.abc import Sequence

RAREST = 2000
"""No symbol counts as rarer than 1 in 2000, which keeps codes within DEFLATE's 15 bits: 16 take 1 in 2584 (Fibonacci)."""


def code_lengths(counts: Sequence[int]) -> list[int]:
    """Bits of each symbol's code: 0 for one that never occurs, and a lone one gets 1."""
    least = sum(counts) // RAREST + 1
    leaves = sorted((max(count, least), symbol) for symbol, count in enumerate(counts) if count)
    depths = _depths([weight for weight, _ in leaves]) if len(leaves) > 1 else [1] * len(leaves)
    lengths = [0] * len(counts)
    for (_, symbol), depth in zip(leaves, depths, strict=True):
        lengths[symbol] = depth
    return lengths


def _depths(weights: list[int]) -> list[int]:
    """Depth of each leaf, of ascending weights, in their Huffman tree, whose inner nodes come in ascending order too."""
    leaves, root = len(weights), 2 * len(weights) - 2
    weights = weights + [sum(weights) + 1] * (root + 1)  # a node that is not made yet outweighs all
    parents = [0] * (root + 1)
    leaf, node = 0, leaves
    for parent in range(leaves, root + 1):
        weight = 0
        for _ in range(2):
            if leaf < leaves and weights[leaf] <= weights[node]:
                child, leaf = leaf, leaf + 1
            else:
                child, node = node, node + 1
            parents[child] = parent
            weight += weights[child]
        weights[parent] = weight
    depths = [0] * (root + 1)
    for child in range(root - 1, -1, -1):
        depths[child] = depths[parents[child]] + 1
    return depths[:leaves]


def code_words(lengths: Sequence[int]) -> list[str]:
    """The canonical code of each symbol, "" where there is none."""
    words, code, width = [""] * len(lengths), 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - width
        words[symbol] = f"{code:0{length}b}"
        code, width = code + 1, length
    return words
