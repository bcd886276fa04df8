import { type Shelf, shelf } from './section';

const TOYS = 'Toys & Games';
const BABY = 'Baby';
const BEAUTY = 'Beauty & Care';
const PETS = 'Pets';

/** Toys, babies, body care and pets. */
export const FAMILY: readonly Shelf[] = [
  shelf(
    TOYS,
    'Wooden Toys',
    'blocks',
    ['Little Otter', 'Holzwurm', 'Makers Yard'],
    `
    Rainbow Stacking Arches | 45
    Building Blocks in a Cart | 39
    Wooden Train Set, 60 Pieces | 59
    Marble Run Tower | 69
    Toy Kitchen with Sink | 129
    Shape Sorting Cube | 24
    Balancing Animals Game | 28
    Pull-along Duck in Yellow | 22
    Toolbox for Little Builders | 34`,
  ),
  shelf(
    TOYS,
    'Board Games',
    'boardgame',
    ['Meeple Lane', 'Fable House', 'Open Question'],
    `
    Harvest Valley, a Farming Game | 42
    Islands of Fog, Cooperative Adventure | 49
    Word Weavers, Party Game | 25
    Little Detectives Memory Game | 18
    Railway Barons, 2 to 5 Players | 54
    Chess Set in Walnut and Maple | 79
    Castle Dice | 22
    Backgammon in a Travel Case | 45
    The Great Pancake Race | 29`,
  ),
  shelf(
    TOYS,
    'Soft Toys',
    'bear',
    ['Moonbeam', 'Little Otter', 'Cuddlewood'],
    `
    Teddy Bear in Honey Plush | 29
    Sleepy Fox Soft Toy | 24
    Knitted Bunny with Dungarees | 32
    Giant Grey Elephant | 59
    Hand Puppet, Wise Owl | 22
    Corduroy Panda | 27
    Plush Octopus in Coral | 21
    Lamb with Warm Lavender Bag | 26
    Pocket Mouse in a Matchbox | 18`,
  ),
  shelf(
    TOYS,
    'Puzzles',
    'puzzle',
    ['Meeple Lane', 'Quarto', 'Holzwurm'],
    `
    Jigsaw Puzzle, Alpine Lake, 1000 Pieces | 19
    World Map Floor Puzzle | 24
    Wooden Brain Teasers, Box of 6 | 26
    Botanical Jigsaw, 500 Pieces | 17
    Dinosaur Puzzle for Ages 4 and Up | 13
    Magnetic Travel Puzzle | 15
    Gradient Puzzle, 800 Pieces | 27
    Animal Alphabet Puzzle | 16
    Night Sky Puzzle, Glow in the Dark | 22`,
  ),
  shelf(
    TOYS,
    'Outdoor Play',
    'kite',
    ['Wren & Co', 'Little Otter', 'Breezeway'],
    `
    Diamond Kite in Rainbow Stripes | 25
    Swing Seat, Beech and Rope | 39
    Sandpit Digger in Orange | 35
    Bubble Wand Set | 12
    Wooden Skittles for the Lawn | 32
    Bug Explorer Kit | 19
    Scooter with Light-up Wheels, Teal | 69
    Paper Plane Launcher | 23
    Slackline for Beginners | 59`,
  ),
  shelf(
    BABY,
    'Strollers & Carriers',
    'stroller',
    ['Pip & Plum', 'Nestling', 'Urban Cub'],
    `
    All-terrain Stroller in Charcoal | 549
    Compact Travel Buggy, Sage | 299
    Baby Carrier, Organic Cotton | 119
    Ring Sling in Dusty Rose | 69
    Stroller Footmuff, Oatmeal | 79
    Twin Stroller | 699
    Rain Cover for Prams | 29
    Running Stroller, Three Wheels | 449
    Pram Organiser Bag | 35`,
  ),
  shelf(
    BABY,
    'Nursery & Sleep',
    'mobile',
    ['Nestling', 'Moonbeam', 'Pip & Plum'],
    `
    Bedside Crib in Natural Beech | 229
    Felt Cloud Mobile | 42
    Muslin Sleeping Bag, 0–6 Months | 45
    Night Light, Sleepy Moon | 29
    White Noise Machine for Babies | 39
    Changing Mat in Wipe-clean Linen | 59
    Cotton Swaddles, Set of 3 | 34
    Baby Monitor with Camera | 149
    Nursing Pillow, Leaf Print | 49`,
  ),
  shelf(
    BABY,
    'Feeding',
    'babybottle',
    ['Pip & Plum', 'Littlespoon', 'Nestling'],
    `
    Glass Baby Bottles, Set of 3 | 32
    Silicone Bibs with Pocket, Pair | 18
    Bamboo High Chair | 179
    Baby Food Steamer and Blender | 99
    Weaning Spoons in Soft Pastels | 11
    Bottle Warmer for Night Feeds | 45
    Suction Bowl, Little Bear | 16
    Electric Breast Pump | 139
    Sippy Cup in Apricot | 13`,
  ),
  shelf(
    BABY,
    'Baby Clothes',
    'onesie',
    ['Urban Cub', 'Little Otter', 'Nestling'],
    `
    Organic Cotton Bodysuits, Pack of 5 | 39
    Striped Romper in Ocean Blue | 28
    Knitted Baby Cardigan, Cream | 35
    Newborn Sleepsuit, Tiny Stars | 24
    Fleece Pram Suit, Bear Ears | 49
    Baby Socks, Seven Days | 16
    Merino Baby Leggings in Plum | 27
    Sun Hat for Babies | 19
    First Shoes in Soft Leather | 36`,
  ),
  shelf(
    BABY,
    'Nappies & Bath',
    'bathduck',
    ['Littlespoon', 'Pip & Plum', 'Soft Harbour'],
    `
    Eco Nappies, Size 2, Pack of 66 | 22
    Baby Bath Tub with Support | 39
    Hooded Towel, Duckling | 29
    Calendula Baby Balm | 12
    Water Wipes, Box of 9 | 24
    Washable Nappy Starter Kit | 89
    Baby Bath Thermometer | 14
    Nappy Changing Backpack | 79
    Bath Toys, Floating Ducks | 13`,
  ),
  shelf(
    BEAUTY,
    'Skincare',
    'jar',
    ['Soft Harbour', 'Verbena', 'Petal & Stone'],
    `
    Rosehip Night Cream | 34
    Vitamin C Serum, 30 ml | 29
    Oat Milk Cleansing Balm | 24
    Mineral Sunscreen SPF 50 | 22
    Clay Face Mask, Green Tea | 19
    Hyaluronic Day Gel | 27
    Lip Balm Trio, Honey | 11
    Squalane Face Oil | 32
    Gentle Toner with Chamomile | 18`,
  ),
  shelf(
    BEAUTY,
    'Hair & Body',
    'pumpbottle',
    ['Verbena', 'Soft Harbour', 'Botanica'],
    `
    Rosemary Shampoo Bar | 9.5
    Argan Hair Mask | 21
    Hand Wash in Amber Bottle, Bergamot | 16
    Shea Body Butter | 18
    Boar Bristle Hairbrush | 29
    Bath Salts with Eucalyptus | 15
    Curl Cream, Coconut | 19
    Sugar Scrub, Grapefruit | 17
    Bamboo Bath Brush | 14`,
  ),
  shelf(
    BEAUTY,
    'Fragrance',
    'perfume',
    ['Aurelie', 'Petal & Stone', 'Wick & Wander'],
    `
    Eau de Parfum, White Fig | 79
    Cologne, Vetiver and Lime | 65
    Solid Perfume in Neroli | 26
    Room Spray, Rain on Stone | 24
    Discovery Set, Six Scents | 35
    Rose and Pepper Eau de Toilette | 58
    Reed Diffuser, Cedar | 39
    Pillow Mist with Lavender | 19
    Sandalwood Incense | 14`,
  ),
  shelf(
    BEAUTY,
    'Shaving & Grooming',
    'razor',
    ['Hartmesser', 'Alder & Oak', 'Verbena'],
    `
    Safety Razor in Brushed Steel | 45
    Shaving Brush, Vegan Bristle | 29
    Beard Oil with Juniper | 19
    Electric Trimmer, Waterproof | 69
    Shaving Soap in Wooden Bowl | 17
    Aftershave Balm, Sea Salt | 22
    Moustache Comb in Horn | 12
    Travel Wash Bag, Waxed Canvas | 42
    Manicure Set in Leather | 35`,
  ),
  shelf(
    PETS,
    'Dogs',
    'bone',
    ['Good Boy Goods', 'Barkwell', 'Northmoor'],
    `
    Rope Lead in Ocean Blue | 28
    Leather Dog Collar, Cognac | 35
    Orthopaedic Dog Bed, Grey | 89
    Natural Rubber Chew Bone | 14
    Waxed Dog Coat in Olive | 55
    Squeaky Hedgehog Toy | 12
    Grain-free Salmon Treats | 8.9
    Travel Water Bottle for Dogs | 19
    Harness with Handle, Coral | 42`,
  ),
  shelf(
    PETS,
    'Cats',
    'cat',
    ['Whisker Lane', 'Fern & Frond', 'Loungewell'],
    `
    Cat Tree with Three Levels, Birch | 119
    Feather Wand Toy | 9
    Felt Cat Cave in Stone | 49
    Scratching Post, Sisal | 39
    Catnip Mice, Pack of 4 | 11
    Window Hammock for Cats | 32
    Ceramic Cat Fountain | 59
    Hooded Litter Box, White | 45
    Reflective Cat Collar with Bell | 13`,
  ),
  shelf(
    PETS,
    'Bowls & Feeding',
    'petbowl',
    ['Barkwell', 'Whisker Lane', 'Pebble & Clay'],
    `
    Stoneware Pet Bowl, Speckled | 24
    Slow Feeder Bowl in Teal | 18
    Raised Double Feeder, Bamboo | 46
    Automatic Feeder with Timer | 89
    Food Storage Tin, Cream | 34
    Silicone Feeding Mat, Sage | 16
    Steel Travel Bowl | 15
    Treat Jar with Cork Lid | 22
    Puzzle Feeder for Clever Pets | 27`,
  ),
];
