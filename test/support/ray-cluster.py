"""A Ray cluster of two nodes on this machine, for test/system/ray.slow.ts, which starts this file.

Says its address as a line of JSON; then reads words, a line each: "kill" ends the second node without warning, "add"
gives it a new one. Ends with its stdin.
"""

import json
import sys

from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": False}

cluster = Cluster(initialize_head=True, head_node_args=NODE)
second = cluster.add_node(**NODE)
print(json.dumps({"address": cluster.address}), flush=True)
for line in sys.stdin:
    if line.strip() == "kill":
        cluster.remove_node(second, allow_graceful=False)
    elif line.strip() == "add":
        second = cluster.add_node(**NODE)
    print(json.dumps({"done": line.strip()}), flush=True)
cluster.shutdown()
