"""What gmsh reads in a .msh file, as JSON. A process of its own: gmsh leaves the one that it was in unfit for others."""

from __future__ import annotations

import json
import sys

import gmsh


def facts(path):
    """Physical groups by name; volume and worst quality of each volume's elements; of each surface its master and its pairs."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    gmsh.open(path)
    groups = {gmsh.model.getPhysicalName(*group): group for group in gmsh.model.getPhysicalGroups()}
    volumes, pairs = {}, {}
    for name, (size, number) in groups.items():
        if size == 3:
            tags = gmsh.model.mesh.getElements(3, number)[1][0]
            worst = gmsh.model.mesh.getElementQualities(tags, "minSICN").min()
            volumes[name] = [gmsh.model.mesh.getElementQualities(tags, "volume").sum(), worst]
        else:
            master, nodes, *_ = gmsh.model.mesh.getPeriodicNodes(2, number)
            pairs[name] = [int(master), len(nodes)]
    gmsh.finalize()
    return {"numbers": {name: number for name, (_, number) in groups.items()}, "volumes": volumes, "pairs": pairs}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(facts(sys.argv[1])))
