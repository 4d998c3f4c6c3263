"""A sweep under Ray: python3 scripts/sweep_ray.py --shards 8 --out DIR -- SCENARIO --over KEY=V1,V2,...

Runs `amm-sim sweep` once a shard, again where a worker dies, then joins the shards. What is done stays
done, in DIR, which all workers must see.
"""

import argparse
import os
import subprocess

import ray

RETRIES = 3


@ray.remote(max_retries=RETRIES, retry_exceptions=True)
def shard(program: str, number: int, shards: int, out: str, rest: list[str], cpus: int) -> str:
    split = ["--shard", str(number), "--of", str(shards), "--out", out, "--threads", str(cpus)]
    done = subprocess.run([program, "sweep", *rest, *split], text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"shard {number}: {done.stderr}")
    return done.stdout.splitlines()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--cpus", type=int, default=1, help="of each shard")
    parser.add_argument("--out", required=True)
    parser.add_argument("--program", default=os.environ.get("AMM_SIM", "amm-sim"))
    parser.add_argument("rest", nargs="+", help="what `amm-sim sweep` takes")
    args = parser.parse_args()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(include_dashboard=False)
    out, task = os.path.abspath(args.out), shard.options(num_cpus=args.cpus)
    tasks = [
        task.remote(args.program, number, args.shards, out, args.rest, args.cpus)
        for number in range(args.shards)
    ]
    for line in ray.get(tasks):
        print(line)
    subprocess.run([args.program, "sweep", "--merge", out], check=True)


if __name__ == "__main__":
    main()
