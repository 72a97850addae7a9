#!/usr/bin/env python3
"""Makes crates/pricing/data/prices.json out of LiteLLM's price table.

    pip download litellm --no-deps && unzip -p litellm-*.whl litellm/model_prices_and_context_window_backup.json > full.json
    scripts/reduce-prices.py full.json VERSION DATE > crates/pricing/data/prices.json

VERSION is that of the package, DATE (YYYY-MM-DD) the day on which it was taken. Kept are the prices per token of models that
are billed by tokens, from the providers named below; nothing is rounded.
"""

import json
import sys
from decimal import Decimal

# Provider in the source -> provider as Tracemark names it (crates/ingest/src/dialect/provider.rs).
PROVIDERS = {
    "openai": "openai",
    "text-completion-openai": "openai",
    "azure": "azure",
    "azure_ai": "azure",
    "anthropic": "anthropic",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "bedrock_mantle": "bedrock",
    "gemini": "google_genai",
    "mistral": "mistral",
    "codestral": "mistral",
    "deepseek": "deepseek",
    "xai": "xai",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "groq": "groq",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "perplexity": "perplexity",
    "cerebras": "cerebras",
    "moonshot": "moonshot",
    "voyage": "voyage",
    "vercel_ai_gateway": "vercel",
    "openrouter": "openrouter",
}

# Prefixes by which the source routes; no provider sends them.
ROUTES = (
    "azure/", "azure_ai/", "bedrock/", "bedrock_mantle/", "gemini/", "vertex_ai/", "mistral/", "codestral/", "deepseek/", "xai/",
    "cohere/", "groq/", "together_ai/", "fireworks_ai/", "perplexity/", "cerebras/", "moonshot/", "voyage/", "vercel_ai_gateway/",
    "openrouter/",
)

# Field of the source -> class of tokens (`model::TokenClass::name`), by side. "" is the base price.
INPUT = {
    "input_cost_per_token": "",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_creation",
    "cache_creation_input_token_cost_above_1hr": "ephemeral_1h_input_tokens",
    "input_cost_per_audio_token": "audio",
    "input_cost_per_image_token": "image",
    "input_cost_per_video_token": "video",
    "cache_read_input_audio_token_cost": "audio_cache_read",
    "cache_read_input_image_token_cost": "image_cache_read",
}
OUTPUT = {
    "output_cost_per_token": "",
    "output_cost_per_reasoning_token": "reasoning",
    "output_cost_per_audio_token": "audio",
    "output_cost_per_image_token": "image",
}
TIERS = {"priority": "priority", "flex": "flex", "batches": "batch"}
# Classes that a tier has prices of its own for.
TIERED = {"": "", "cache_read": "cache_read", "cache_creation": "cache_creation", "reasoning": "reasoning"}
STEPS = (32, 100, 128, 200, 256, 272, 512)


def provider_of(source):
    if source and source.startswith("vertex_ai"):
        return "google_vertexai"
    return PROVIDERS.get(source)


def text(number):
    plain = format(number.normalize(), "f")
    return plain


def prices(entry, step):
    """Prices of both sides above a step (0: none), as {class: text}."""
    middle = f"_above_{step}k_tokens" if step else ""
    sides = ({}, {})
    for side, fields in zip(sides, (INPUT, OUTPUT)):
        for field, name in fields.items():
            value = entry.get(field + middle)
            if value is not None:
                side[name] = Decimal(value)
            for suffix, tier in TIERS.items():
                value = entry.get(f"{field}{middle}_{suffix}")
                if value is not None and name in TIERED:
                    key = f"{tier}_{name}" if name else tier
                    side[key] = Decimal(value)
    return sides


def main():
    source, version, date = sys.argv[1:4]
    with open(source, encoding="utf-8") as file:
        table = json.load(file, parse_float=Decimal, parse_int=Decimal)
    entries = {}
    aliases = {}
    for name, entry in table.items():
        bare = name
        for route in ROUTES:
            if bare.startswith(route):
                bare = bare[len(route):]
                break
        if entry.get("alias_of"):
            aliases[name] = (bare, entry["alias_of"])
            continue
        provider = provider_of(entry.get("litellm_provider"))
        if provider is None or "/1-month" in name or "/6-month" in name or bare.startswith(("*", "sample_spec")):
            continue
        base = prices(entry, 0)
        if "" not in base[0] and "" not in base[1]:
            continue
        if not any(value > 0 for side in base for value in side.values()):
            continue
        steps = [step for step in STEPS if f"input_cost_per_token_above_{step}k_tokens" in entry
                 or f"output_cost_per_token_above_{step}k_tokens" in entry]
        for step in [0, *steps]:
            sides = prices(entry, step)
            if step:
                # A step names only what differs.
                sides = ({**base[0], **sides[0]}, {**base[1], **sides[1]})
            key = (provider, bare, step)
            if key in entries:
                continue
            entries[key] = {
                "provider": provider,
                "model": bare,
                **({"above": step * 1000} if step else {}),
                "input": {key: text(value) for key, value in sides[0].items()},
                "output": {key: text(value) for key, value in sides[1].items()},
            }
    names = {}
    for alias, (bare, target) in aliases.items():
        entry = table.get(target)
        provider = provider_of(entry.get("litellm_provider")) if entry else None
        if provider is None:
            continue
        for route in ROUTES:
            if target.startswith(route):
                target = target[len(route):]
                break
        if (provider, target, 0) in entries:
            names[(provider, bare)] = target
    print("{")
    header = {
        "name": "LiteLLM model prices",
        "source": f"https://pypi.org/project/litellm/{version}/ (litellm/model_prices_and_context_window_backup.json)",
        "version": version,
        "date": date,
        "licence": "MIT, Copyright (c) 2023 Berri AI",
        "unit": "US dollars per token",
        "made_by": "scripts/reduce-prices.py",
    }
    for key, value in header.items():
        print(f" {json.dumps(key)}: {json.dumps(value)},")
    print(' "aliases": [')
    rows = [json.dumps({"provider": provider, "model": alias, "of": target}, separators=(",", ":"))
            for (provider, alias), target in sorted(names.items())]
    print(",\n".join(rows))
    print(' ],\n "entries": [')
    print(",\n".join(json.dumps(entries[key], separators=(",", ":")) for key in sorted(entries)))
    print(" ]\n}")


main()
