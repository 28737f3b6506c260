"""The lexicon: what the words of change captions name.

Made from LEVIR-CC's sentences about changed pairs. Annotators call one thing by many names, so the
names that they use for the same thing are one concept; what they distinguish, such as a
house, a villa and a building, stays apart. A phrase goes before its words: "parking lot" is no
"lot", "bare land" is not "land". Under an empty name stand phrases whose words mean something else
there: "the original one" is no count.

Only letters count: "lower-right" is the two words "lower right".
"""

OBJECTS = {
    "house": "house, houses, residence, residences, residential, residential area, "
    "residential areas, residential building, residential buildings, residential quarter, "
    "residential district, residential facilities, bungalow, bungalows, cottage, cottages, cabin, "
    "cabins, hut, huts, longhouse, longhouses, apartments, settlements, village, room, rooms",
    "villa": "villa, villas, mansion, mansions",
    "building": "building, buildings, block, blocks, complex, complexes, structure, structures, "
    "constructions, facilities, tower, warehouse, warehouses, factory, factories, mall, malls, "
    "depots, pavilion, power plant, square building, square buildings",
    "road": "road, roads, roadside, roadsides, street, streets, path, paths, footpath, track, "
    "tracks, trail, trails, lane, lanes, highway, highways, bypass, bypasses, branch, branches, "
    "bypassed, pavement",
    "crossing": "crossroad, crossroads, cross road, cross roads, crossing road, crossing roads, "
    "crossing, crossings, intersection, intersections, junction, t junction, roundabout",
    "yard": "yard, yards",
    "bridge": "bridge, bridges, overpass, overpasses, viaduct, viaducts, flyover",
    "parking lot": "parking lot, parking lots, parking space, parking spaces, parking area, "
    "parking areas, parking, car park, car parks",
    "square": "square, squares, plaza",
    "playground": "playground, playgrounds, court, courts, basketball court, basketball courts, "
    "tennis court, tennis courts, stadium, stadiums, sports field, sports fields, playing field, "
    "baseball field, football field, sports ground, golf course",
    "pool": "pool, pools, swimming pool, swimming pools",
    "water": "lake, lakes, pond, ponds, river, reservoir, reservoirs, water, puddle",
    "tank": "tank, tanks, storage tank, storage tanks, container, containers, cistern",
    "vehicle": "car, cars, vehicle, vehicles, truck, trucks, buses",
    "construction site": "construction site, construction sites, site, sites, foundation, "
    "foundations",
    "paved ground": "cement floor, cement floors, concrete floor, concrete floors, cement ground, "
    "concrete ground, platform, platforms",
    # Annotators seldom agree on the kind of vegetation.
    "vegetation": "vegetation, tree, trees, wood, woods, woodland, woodlands, forest, forests, "
    "jungle, plant, plants, bush, bushes, shrub, shrubs, brushwoods, wooded, patch of woods",
    "grass": "grass, grassland, grasslands, meadow, meadows, lawn, pasture, grassy",
    "field": "field, fields, farm, farms, farmland",
    "bareland": "bareland, barelands, bare land, bare ground, bare area, barren, wasteland, "
    "wastelands, open space, open spaces, open area, open areas, open ground, open land, "
    "vacant land, empty land, space, clearing, desert, moorland, wilderness, dirt, mound, mounds, "
    "sand",
    "": "make room, makes room, making room",
}

ACTIONS = {
    "appear": "appear, appears, appeared, appearing, appearance, built, build, constructed, "
    "construction, erected, completed, finished, developed, develops, added, planted, show, shows, "
    "shown, show up, shows up, shown up, emerge, emerges, emerged, set up, new, newly, brand new, "
    "placed, there is, there are",
    "disappear": "disappear, disappears, disappeared, disappearing, disappearance, vanish, "
    "vanishes, vanished, removed, remove, demolished, torn down, cut, cut down, cut off, "
    "pulled down, knocked down, cleared, leveled, flattened, bulldozed, gone, missing, fades",
    "replace": "replace, replaces, replaced, replacing, turned, turned into, turn into, "
    "turns into, turned to, become, becomes, became, converted, transformed, instead, "
    "in place of, in the place of, take place of, takes place of, take the place of, "
    "takes the place of, taking the place of, taken the place of, make room for, makes room for, "
    "making room for",
    "grow": "grow, grows, grown, growing, lusher, thicker, denser, greener, become lush, "
    "becomes lush, restored",
    "extend": "extend, extends, extended, expand, expands, expanded, enlarged, widen, widens, "
    "widened, broadened, lengthened, increase, increases, increased, stretches, risen, "
    "become larger, becomes larger, gets larger, become longer, becomes longer, gets longer, "
    "become wider, becomes wider, become bigger, becomes bigger",
    "shrink": "shrunk, shrinks, decrease, decreases, decreased, reduced, become smaller, "
    "becomes smaller, gets smaller, become sparse, becomes sparse, fewer, "
    "less, withered, dried, thinned",
    "rebuild": "rebuilt, reconstructed, reconstruction, renovated, repaired, reshaped",
    "connect": "connected, connect, connects, connecting, join, joins, joined, leading to, "
    "leads to, intersecting, intersect, intertwined, converge",
    "": "there is no, there are no",
}

PLACES = {
    "corner": "corner, corners",
    "center": "center, centre, middle, central",
    "edge": "edge, edges, end",
    "both sides": "both sides, both of the sides, two sides, either side, each side, the sides, "
    "its sides, sides",
    "beside": "along, alongside, beside, besides, next to, near, nearby, by, roadside, roadsides, "
    "adjacent, attached, lined, in front of, behind, close to",
    "around": "around, surround, surrounds, surrounded, surrounded by, surrounding",
    "between": "between, among",
    "across": "across, through",
    "": "replaced by, replace by, replacing by",
}

COUNTS = {
    "one": "one, single, another",
    "two": "two, both, tow",
    "three": "three",
    "four": "four",
    "five": "five",
    "six": "six",
    "some": "some, several, few, a few, various",
    "many": "many, massive, a lot of, lots of, a large number of, a number of, numerous, plenty, "
    "group of, groups of, cluster of, a quantity of, large quantity of, most, all",
    "row": "row, rows, line, lines",
    "": "one side, one another, original one, old one, former one, existing one, new one, "
    "main one, the one, this one, one of, both sides, two sides, on both, replace one, lined up, "
    "straight line, all over, all sides, all around",
}

#: Attributes and relations that no score evaluates.
UNSCORED = (
    "large big huge giant small bigger larger smaller longer wider medium long wide narrow short "
    "high higher square circular round ring arc circle curved winding straight vertical "
    "horizontal parallel cross t u shaped turn turns turning angle neat neatly arranged orderly "
    "scattered dense densely sparse lush green white red yellow blue black dirt cement concrete "
    "asphalt bare open detached separate separated single main staggered distributed spaced "
    "closely divided located situated covered filled formed parked park running run runs dry flat "
    "rugged uneven unsurfaced original old former existing previous more most extra other others "
    "another ones certain greatly stand fill full abandoned joint vacant scene picture screen "
    "image area areas place places part parts land ground floor location half side level width "
    "quantity number group piece lot lots space room storage extended lines line"
)

FUNCTION_WORDS = (
    "a an the this that these those it its them they their which where and or but while as so of "
    "in on at to into from for with by over under up down out off along is are was were be been "
    "being has have had do does will can there not no than then also well much very almost only "
    "each either respective respectively together before after any s"
)
