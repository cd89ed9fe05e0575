"""Token transfers made up day by day, and the tokens that they are of.

A transaction's hash begins with the number of its day, so that it can be found again.
"""

from functools import lru_cache
from hashlib import blake2b
from random import Random

from .columns import MICROSECONDS, Row

SECONDS = 86_400
BLOCK_SECONDS = 12
BLOCKS = 90
MERGED_AT, MERGED_BLOCK = 1_663_224_162, 15_537_394
LARGEST = 2**256 - 1
# address, symbol, name, decimals, total supply, day of creation
KNOWN = (
    ("dac17f958d2ee523a2206206994597c13d831ec7", "USDT", "Tether USD", "6"),
    ("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC", "USD Coin", "6"),
    ("c02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", "WETH", "Wrapped Ether", "18"),
    ("2260fac5e5542a773aa44fbcfedf7c193bc2c599", "WBTC", "Wrapped BTC", "8"),
    ("514910771af9ca656af840dff83e8264ecf986ca", "LINK", "ChainLink Token", "18"),
    ("1f9840a85d5af5bf1d1762f925bdaddc4201f984", "UNI", "Uniswap", "18"),
)
# the largest amount of each, in its smallest unit
SIZES = (10**12, 10**12, 10**21, 10**9, 10**23, 10**23)
COLLECTIBLE = "0x" + "c0" * 20
UNKNOWN = "0x" + "ab" * 20
JUNK = (
    ("01", "NUL\0", "a name\0with an end", "18"),
    ("02", "LONG", "A" * 10_000, "8"),
    ("03", "FLOAT", "Decimals as a float", "1e9"),
    ("04", "DEEP", "Decimals beyond all measure", "300"),
    ("05", "EMPTY", "", ""),
    ("06", None, None, None),
)
TRANSFERRED = (
    *("0x" + address for address, *_ in KNOWN),
    *(COLLECTIBLE, UNKNOWN),
    *(f"0x{place * 20}" for place, *_ in JUNK),
)
WEIGHTS = (30, 25, 20, 6, 6, 6, 6, 4, *[1] * len(JUNK))


def tokens() -> list[Row]:
    """Return what there is to say of tokens; of one address it may be said twice."""
    said = [(f"0x{address}", *rest) for address, *rest in KNOWN]
    said += [(f"0x{place * 20}", *rest) for place, *rest in JUNK]
    said += [
        (COLLECTIBLE, "ONLY", "One of a kind", None),
        ("not an address", "NONE", "No address at all", "18"),
        # of an older block, which a newer one has put right
        ("0x" + KNOWN[3][0], "wbtc", "Wrapped", None),
    ]
    return sorted(
        (
            {
                "address": address,
                "symbol": symbol,
                "name": name,
                "decimals": decimals,
                "total_supply": str(LARGEST if place == 7 else 10 ** (24 + place)),
                **_block(1_600_000_000 - place * SECONDS),
            }
            for place, (address, symbol, name, decimals) in enumerate(said)
        ),
        key=lambda row: row["block_timestamp"],
    )


@lru_cache(maxsize=400)
def transfers(seed: int, day: int) -> tuple[Row, ...]:
    """Return the transfers of a day, which is given as its start in microseconds."""
    start = day // MICROSECONDS
    chance = Random(f"{seed} {start}")  # noqa: S311 - no secret
    people = [_hex(20, "person", chance.random()) for _ in range(60)]
    found = []
    slots = sorted(chance.sample(range(SECONDS // BLOCK_SECONDS), BLOCKS))
    for slot in slots:
        block = _block(start + slot * BLOCK_SECONDS)
        log_index = 0
        for place in range(chance.randint(1, 3)):
            name = f"0x{start // SECONDS:08x}" + _hex(28, seed, slot, place)[2:]
            for _ in range(chance.choice((1, 1, 2, 3))):
                address = chance.choices(TRANSFERRED, WEIGHTS)[0]
                giver, taker = chance.sample(people, 2)
                found.append(
                    {
                        "token_address": address,
                        "from_address": giver,
                        "to_address": taker,
                        "value": str(_value(chance, address)),
                        "transaction_hash": name,
                        "log_index": log_index,
                        **block,
                    }
                )
                log_index += chance.randint(1, 4)
    return tuple(found)


def day_of(transaction: str) -> int:
    """Return the start of the day in which a transaction was made."""
    return int(transaction[2:10], 16) * SECONDS * MICROSECONDS


def _value(chance: Random, address: str) -> int:
    place = TRANSFERRED.index(address)
    if address == COLLECTIBLE:
        return chance.randint(1, 10_000)
    if place >= len(SIZES):
        return LARGEST - chance.randint(0, 9)
    return chance.randint(1, SIZES[place])


def _block(at: int) -> Row:
    number = MERGED_BLOCK + (at - MERGED_AT) // BLOCK_SECONDS
    return {
        "block_timestamp": at * MICROSECONDS,
        "block_number": number,
        "block_hash": _hex(32, "block", number),
    }


def _hex(size: int, *of: object) -> str:
    text = " ".join(map(str, of))
    return "0x" + blake2b(text.encode(), digest_size=size).hexdigest()
