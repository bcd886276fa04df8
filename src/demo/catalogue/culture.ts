import { type Shelf, shelf } from './section';

const BOOKS = 'Books';
const SOUND = 'Audio & Tech';
const DESK = 'Stationery & Art';

/** Books, sound and screens, desk and studio. */
export const CULTURE: readonly Shelf[] = [
  shelf(
    BOOKS,
    'Novels',
    'book',
    ['Lighthouse Press', 'Quill & Crown', 'Fable House'],
    `
    The Cartographer's Daughter | 14.9
    A Winter Among Strangers | 12.5
    The Last Ferry to Skerra | 13.9
    Salt, Smoke and Small Lies | 15.9
    The Clockmaker of Trieste | 11.9
    Letters We Never Burned | 12.9
    Nine Days of Rain, a Mystery | 10.9
    The Orchard at the End of the Line | 14.5
    Murder at the Botanical Society | 11.5`,
  ),
  shelf(
    BOOKS,
    'Cookbooks',
    'book',
    ['Table & Page', 'Lighthouse Press', 'Hearthside Books'],
    `
    The Slow Sunday Cookbook | 28
    Bread from Scratch: Sourdough at Home | 24
    Weeknight Noodles | 19.9
    A Year of Vegetables | 26
    The Spice Road Kitchen | 29
    Small Batch Preserves and Pickles | 18.5
    Cooking with Fire and Cast Iron | 27
    One Pan, Forty Dinners | 21
    The Pastry Notebook | 32`,
  ),
  shelf(
    BOOKS,
    'Travel & Nature',
    'book',
    ['Compass Rose', 'Lighthouse Press', 'Heron Books'],
    `
    Hut to Hut: Long Walks in the Alps | 22
    A Field Guide to Garden Birds | 17.5
    The Secret Life of Hedgerows | 16
    Night Trains of Europe | 19
    Running Wild: Trails of the North | 20
    Tidal: A Year on the Coast | 15.5
    Bikepacking for Beginners | 18
    Foraging Through the Seasons | 21
    The Atlas of Quiet Places | 34`,
  ),
  shelf(
    BOOKS,
    'Science & Ideas',
    'book',
    ['Heron Books', 'Open Question', 'Quill & Crown'],
    `
    Why Rivers Bend | 17
    The Arithmetic of Chance | 18.5
    How Cities Sleep | 16.9
    A Short History of Forgetting | 15
    Minds of Their Own: Animal Intelligence | 19
    Stardust and Static | 17.9
    The Gentle Art of Paying Attention | 13.5
    Machines That Listen | 20
    What the Forest Knows | 16.5`,
  ),
  shelf(
    BOOKS,
    "Children's Books",
    'book',
    ['Fable House', 'Little Otter', 'Moonbeam'],
    `
    Goodnight, Little Hedgehog | 9.9
    The Bear Who Borrowed the Moon | 11.5
    My First Book of Tractors | 8.5
    Captain Biscuit and the Soup Sea | 10.9
    One Hundred Busy Ants, a Counting Book | 9.5
    The Dragon Who Was Afraid of Matches | 12
    Peekaboo Farm, Lift the Flaps | 10.5
    Bedtime Stories for Babies | 13
    Ottoline Builds a Rocket | 11.9`,
  ),
  shelf(
    SOUND,
    'Headphones',
    'headphones',
    ['Sonara', 'Kite Audio', 'Mono & Co'],
    `
    Noise-cancelling Headphones, Sand | 279
    Wireless Earbuds in Sage | 129
    Studio Monitor Headphones | 159
    On-ear Headphones in Coral | 69
    Open-back Hi-fi Headphones, Walnut | 329
    Sport Earbuds with Ear Hooks | 89
    Children's Headphones, Sky Blue | 35
    Gaming Headset with Microphone | 99
    Bone Conduction Headphones for Running | 139`,
  ),
  shelf(
    SOUND,
    'Speakers',
    'speaker',
    ['Kite Audio', 'Sonara', 'Halo Haus'],
    `
    Bookshelf Speakers in Oak, Pair | 349
    Portable Speaker, Moss Green | 79
    Smart Speaker with Fabric Cover | 119
    Retro Kitchen Radio in Cream | 95
    Waterproof Shower Speaker, Yellow | 39
    Soundbar with Subwoofer | 299
    Party Speaker with Strap | 189
    Bedside Radio Alarm | 59
    Mini Speaker in Blush | 29`,
  ),
  shelf(
    SOUND,
    'Turntables & Records',
    'turntable',
    ['Mono & Co', 'Sonara', 'Groove Parlour'],
    `
    Belt-drive Turntable, Walnut | 299
    Suitcase Record Player in Teal | 89
    Record Storage Crate | 35
    Carbon Fibre Record Brush | 15
    Midnight Jazz Sessions, Vinyl LP | 24
    Nordic Piano, Double LP | 29
    Turntable Slip Mat in Felt | 12
    Phono Preamplifier | 79
    Summer Soul Classics, Vinyl LP | 22`,
  ),
  shelf(
    SOUND,
    'Cameras',
    'camera',
    ['Optika', 'Lumen Atelier', 'Polaris'],
    `
    Instant Camera in Mint | 79
    Mirrorless Camera with Kit Lens | 899
    35 mm Film Camera, Silver | 249
    Action Camera, Waterproof | 199
    Prime Lens, 50 mm | 329
    Travel Tripod in Carbon | 129
    Leather Camera Strap, Tan | 45
    Instant Film, Twin Pack | 19
    Wildlife Trail Camera | 119`,
  ),
  shelf(
    SOUND,
    'Keyboards & Desk Tech',
    'keyboard',
    ['Keyfolk', 'Mono & Co', 'Optika'],
    `
    Mechanical Keyboard in Retro Beige | 129
    Compact Wireless Keyboard, Lilac | 79
    Ergonomic Vertical Mouse | 49
    Wireless Charging Stand | 39
    Aluminium Laptop Stand | 55
    Wool Felt Desk Mat, Grey | 35
    USB-C Hub with Seven Ports | 59
    Power Bank, 20,000 mAh | 45
    Webcam with Privacy Shutter | 69`,
  ),
  shelf(
    DESK,
    'Notebooks',
    'notebook',
    ['Field Notesmith', 'Papier Nord', 'Quarto'],
    `
    Dotted Notebook in Forest Green | 16
    Weekly Planner, Cloth-bound | 24
    Sketchbook, 160 g Paper | 18
    Pocket Notebooks, Set of 3 | 12
    Leather Journal in Tan | 38
    Recipe Journal with Tabs | 21
    Five-year Diary, Burgundy | 27
    Music Manuscript Book | 9.9
    Refillable Ring Binder, Sky | 29`,
  ),
  shelf(
    DESK,
    'Pens & Pencils',
    'pen',
    ['Quarto', 'Schreibwerk', 'Papier Nord'],
    `
    Fountain Pen in Petrol Blue | 59
    Brass Ballpoint Pen | 34
    Graphite Pencils, Set of 12 | 14
    Gel Pens in Earth Tones | 11
    Calligraphy Starter Set | 29
    Mechanical Pencil, 0.5 mm | 17
    Brush Pens, 24 Colours | 32
    Bottled Ink, Bordeaux | 13
    Rollerball in Matte Black | 26`,
  ),
  shelf(
    DESK,
    'Paint & Craft',
    'paint',
    ['Atelier Bleu', 'Papier Nord', 'Makers Yard'],
    `
    Watercolour Travel Set | 39
    Acrylic Paints, 18 Tubes | 34
    Embroidery Kit, Wild Meadow | 26
    Linocut Starter Kit | 31
    Air-dry Clay in Terracotta | 12
    Table Easel in Beech | 49
    Oil Pastels, 36 Shades | 22
    Block Printing Inks, Primary Set | 28
    Hog Bristle Brushes, Set of 8 | 19`,
  ),
  shelf(
    DESK,
    'Desk & Paper',
    'envelope',
    ['Papier Nord', 'Quarto', 'Schreibwerk'],
    `
    Letter Writing Set, Laid Paper | 22
    Pressed Flower Cards, Set of 8 | 18
    Wooden Desk Organiser | 36
    Brass Letter Opener | 24
    Washi Tape, Autumn Leaves | 7.5
    Wax Seal Kit in Crimson | 25
    Wall Calendar, Lighthouses | 19
    Wrapping Paper, Hand-printed | 9
    Self-inking Name Stamp | 21`,
  ),
];
