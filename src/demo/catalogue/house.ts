import { type Shelf, shelf } from './section';

const KITCHEN = 'Kitchen';
const HOME = 'Home & Living';
const GARDEN = 'Garden & Plants';

/** Kitchen, home and garden. */
export const HOUSE: readonly Shelf[] = [
  shelf(
    KITCHEN,
    'Pots & Pans',
    'pan',
    ['Brasserie Nord', 'Ironwell', 'Casa Lumi'],
    `
    Cast Iron Skillet, 26 cm | 49
    Enamelled Casserole in Tomato Red, 4.5 l | 149
    Copper Sauté Pan with Lid | 189
    Carbon Steel Wok, 32 cm | 45
    Non-stick Pancake Pan | 29.9
    Stainless Saucepan Set, 3 pieces | 119
    Sage Green Dutch Oven, 6 l | 169
    Grill Pan with Folding Handle | 54.5
    Small Milk Pan in Cream Enamel | 24.9`,
  ),
  shelf(
    KITCHEN,
    'Knives & Boards',
    'knife',
    ['Hartmesser', 'Tanaka Works', 'Bladesmith & Co'],
    `
    Chef's Knife with Walnut Handle, 20 cm | 89
    Santoku Knife, Damascus Steel | 135
    Serrated Bread Knife | 42
    Paring Knife Set in Three Colours | 19.9
    Olive Wood Chopping Board | 39
    Boning Knife, Flexible Blade | 34.5
    Carving Knife and Fork Set | 69
    Ceramic Knife Sharpener | 27
    Nakiri Vegetable Knife | 74`,
  ),
  shelf(
    KITCHEN,
    'Mugs & Glasses',
    'mug',
    ['Studio Kiln', 'Pebble & Clay', 'Nordlys'],
    `
    Speckled Stoneware Mug | 14
    Ribbed Espresso Cups, Set of 4 | 28
    Hand-thrown Latte Bowl in Ochre | 22
    Tall Enamel Mug, Navy Rim | 11.5
    Terracotta Tea Cup | 12
    Reactive Glaze Mug in Sea Blue | 16
    Oversized Soup Mug with Lid | 19.5
    Blush Porcelain Cappuccino Cup | 15
    Matte Black Travel Tumbler | 26`,
  ),
  shelf(
    KITCHEN,
    'Coffee & Tea',
    'kettle',
    ['Morgenrot', 'Brasserie Nord', 'Leaf & Kettle'],
    `
    Gooseneck Pour-over Kettle | 59
    Stovetop Espresso Maker, 6 Cups | 34
    Cast Iron Teapot in Moss Green | 48
    Glass French Press, 1 l | 29
    Whistling Kettle in Butter Yellow | 44
    Burr Coffee Grinder with Timer | 99
    Matcha Whisk and Bowl Set | 36
    Cold Brew Carafe | 32
    Electric Kettle with Temperature Dial | 79`,
  ),
  shelf(
    KITCHEN,
    'Baking',
    'mixer',
    ['Casa Lumi', 'Flour & Fold', 'Ovenbird'],
    `
    Stand Mixer in Mint, 4.8 l | 329
    Hand Mixer with Dough Hooks | 45
    Nested Mixing Bowls, Set of 5 | 38
    Banneton Basket for Sourdough | 21
    Springform Cake Tin, 24 cm | 17.5
    Silicone Macaron Mat | 12.9
    Beech Rolling Pin | 14
    Digital Kitchen Scale, 1 g | 24
    Cookie Cutters, Woodland Animals | 9.9`,
  ),
  shelf(
    KITCHEN,
    'Tableware',
    'plate',
    ['Studio Kiln', 'Nordlys', 'Tavola'],
    `
    Stoneware Dinner Plates, Set of 4 | 56
    Pasta Bowl in Indigo Splash | 18
    Linen-white Side Plates, Set of 6 | 42
    Hand-painted Salad Bowl | 35
    Acacia Serving Platter | 29
    Children's Bamboo Plate, Fox | 13
    Tapas Dishes, Assorted Glazes | 31
    Cake Stand in Rose Glass | 47
    Ramen Bowl with Chopsticks | 23`,
  ),
  shelf(
    HOME,
    'Lighting',
    'lamp',
    ['Lumen Atelier', 'Halo Haus', 'Nordlys'],
    `
    Mushroom Table Lamp in Amber Glass | 79
    Arc Floor Lamp, Brushed Brass | 219
    Pleated Bedside Lamp | 54
    Rechargeable Terrace Lamp in Sage | 65
    Paper Globe Pendant, 50 cm | 39
    Ceramic Lamp with Linen Shade | 89
    Architect's Desk Lamp, Black | 95
    Rattan Pendant Light | 72
    Dimmable Reading Lamp | 59`,
  ),
  shelf(
    HOME,
    'Sofas & Chairs',
    'sofa',
    ['Fjord Living', 'Casa Morbida', 'Loungewell'],
    `
    Three-seat Sofa in Forest Green Velvet | 1190
    Bouclé Armchair, Ivory | 449
    Compact Loveseat in Rust | 690
    Mid-century Lounge Chair, Walnut | 529
    Modular Corner Sofa, Stone Grey | 1590
    Reading Chair with Footstool | 599
    Sleeper Sofa in Midnight Blue | 980
    Rocking Chair, Oiled Oak | 379
    Velvet Pouf in Mustard | 119`,
  ),
  shelf(
    HOME,
    'Cushions & Throws',
    'cushion',
    ['Wool & Weft', 'Loungewell', 'Hygge House'],
    `
    Chunky Knit Throw in Oatmeal | 69
    Linen Cushion Cover, Terracotta | 24
    Velvet Cushion with Piping, Teal | 29
    Alpaca Blanket with Fringe | 139
    Embroidered Meadow Cushion | 36
    Striped Bolster Pillow | 32
    Waffle Cotton Bedspread, Sand | 89
    Sheepskin Seat Pad | 49
    Checked Picnic Throw, Plum | 45`,
  ),
  shelf(
    HOME,
    'Vases & Candles',
    'vase',
    ['Pebble & Clay', 'Wick & Wander', 'Hygge House'],
    `
    Fluted Stoneware Vase, White | 34
    Hand-blown Bud Vase in Smoke | 19
    Scented Candle, Fig and Cedar | 27
    Sculptural Donut Vase | 42
    Beeswax Pillar Candles, Pair | 22
    Recycled Glass Carafe Vase, Green | 29
    Terracotta Amphora | 58
    Brass Candlestick Trio | 49
    Lavender Soy Candle in Tin | 14.5`,
  ),
  shelf(
    HOME,
    'Clocks & Mirrors',
    'clock',
    ['Fjord Living', 'Tidemark', 'Halo Haus'],
    `
    Oak Wall Clock, Silent Sweep | 59
    Round Mirror with Black Frame, 70 cm | 99
    Flip Clock in Cream | 85
    Arched Full-length Mirror | 189
    Cuckoo Clock, Modern Birch | 129
    Sunrise Alarm Clock | 74
    Sunburst Mirror in Gold | 92
    Travel Alarm Clock, Coral | 24
    Kitchen Timer Clock, Red | 29`,
  ),
  shelf(
    GARDEN,
    'Houseplants',
    'plant',
    ['Fern & Frond', 'Greenroom', 'Botanica'],
    `
    Monstera Deliciosa, 60 cm | 39
    Snake Plant in Clay Pot | 24
    String of Pearls, Hanging | 17
    Fiddle-leaf Fig Tree | 89
    Peace Lily | 21
    Golden Pothos on Moss Pole | 28
    Rubber Plant, Burgundy | 32
    Boston Fern | 19
    Zebra Calathea | 26`,
  ),
  shelf(
    GARDEN,
    'Pots & Planters',
    'pot',
    ['Pebble & Clay', 'Greenroom', 'Terra Firma'],
    `
    Terracotta Pot with Saucer, 21 cm | 16
    Self-watering Planter in Slate | 34
    Hanging Macramé Planter | 22
    Ribbed Indoor Pot, Dusty Pink | 19
    Raised Herb Bed, Cedar | 129
    Window Box in Zinc | 38
    Faceted Succulent Pots, Set of 3 | 27
    Tall Fibrestone Planter, Charcoal | 94
    Recycled Grow Bags, Pack of 5 | 18`,
  ),
  shelf(
    GARDEN,
    'Garden Tools',
    'trowel',
    ['Spade & Sons', 'Greenroom', 'Thornfield'],
    `
    Hand Trowel with Ash Handle | 18
    Bypass Secateurs | 36
    Border Fork, Stainless Steel | 47
    Copper Watering Can, 5 l | 64
    Kneeling Pad in Olive | 15
    Telescopic Hedge Shears | 58
    Leather Gardening Gloves | 23
    Japanese Digging Knife | 39
    Weeding Hoe, Long Handle | 32`,
  ),
  shelf(
    GARDEN,
    'Seeds & Bulbs',
    'packet',
    ['Botanica', 'Seedling', 'Thornfield'],
    `
    Heirloom Tomato Seeds, 6 Varieties | 12
    Wildflower Meadow Mix | 7.5
    Basil, Coriander and Dill Seed Trio | 6.9
    Purple Tulip Bulbs, 20 Pack | 14
    Bee-friendly Seed Balls | 9
    Rainbow Chard Seeds | 3.5
    Giant Sunflower Seeds | 2.9
    Daffodil Bulbs for Naturalising | 16
    Chilli Growing Kit | 19`,
  ),
  shelf(
    GARDEN,
    'Birds & Outdoors',
    'birdhouse',
    ['Spade & Sons', 'Wren & Co', 'Thornfield'],
    `
    Cedar Nesting Box for Blue Tits | 24
    Hanging Feeder, Squirrel-proof | 31
    Insect Hotel with Bamboo Tubes | 28
    Ceramic Bird Bath in Celadon | 69
    Robin House with Slate Roof | 26
    Suet Balls, Tub of 50 | 13
    Hedgehog Shelter, Thatch | 48
    Solar Stake Lights, Set of 6 | 35
    Butterfly Feeding Table | 22`,
  ),
];
