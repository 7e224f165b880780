"""Sample data: deterministic values, and each module's `seed` run once, through its own service."""

from backstay.kernel.seeding.sampler import Sampler
from backstay.kernel.seeding.seeding import Seeding, SeedingError, SeedResult, Size, seed
from backstay.kernel.seeding.showing import seed_showing

__all__ = ["Sampler", "SeedResult", "Seeding", "SeedingError", "Size", "seed", "seed_showing"]
