"""The kernel: what every module stands on, and nothing about any one of them.

Settings, database and unit of work, HTTP, modules, telemetry, guarantees. It imports
nothing of `systems`, `products` or `app`.
"""
