import { type Shelf, shelf } from './section';

const CAMPING = 'Camping & Hiking';
const CYCLING = 'Cycling';
const RUNNING = 'Running & Fitness';

/** Camping, cycling and running. */
export const OUTDOORS: readonly Shelf[] = [
  shelf(
    CAMPING,
    'Tents',
    'tent',
    ['Ridgeline', 'Basecamp Supply', 'Tarn'],
    `
    Two-person Trekking Tent, Moss | 249
    Family Tunnel Tent for Five | 499
    Ultralight Solo Tent, 980 g | 389
    Canvas Bell Tent, 4 m | 649
    Pop-up Beach Shelter in Aqua | 59
    Four-season Dome Tent, Orange | 449
    Hammock with Mosquito Net | 79
    Tarp Shelter, 3 × 3 m | 89
    Children's Play Tent, Stars | 49`,
  ),
  shelf(
    CAMPING,
    'Backpacks',
    'backpack',
    ['Ridgeline', 'Northmoor', 'Tarn'],
    `
    Trekking Backpack, 55 l | 179
    Roll-top Daypack in Rust | 85
    Ultralight Summit Pack, 18 l | 69
    Commuter Backpack, Charcoal | 99
    Hut-to-hut Pack with Rain Cover | 139
    Child Carrier Backpack | 229
    Waterproof Duffel, 60 l | 109
    Hip Pack in Teal | 39
    Photographer's Hiking Pack | 169`,
  ),
  shelf(
    CAMPING,
    'Sleeping Gear',
    'sleepingbag',
    ['Basecamp Supply', 'Tarn', 'Eider & Down'],
    `
    Down Sleeping Bag, −5 °C | 269
    Summer Sleeping Bag in Sky | 79
    Self-inflating Mat, 5 cm | 69
    Inflatable Camping Pillow | 24
    Silk Sleeping Bag Liner | 49
    Insulated Air Mattress | 129
    Kids' Sleeping Bag, Bear | 59
    Quilted Camping Blanket, Sunset | 85
    Folding Camp Bed | 99`,
  ),
  shelf(
    CAMPING,
    'Camp Kitchen',
    'stove',
    ['Emberfoot', 'Basecamp Supply', 'Ridgeline'],
    `
    Compact Gas Stove | 45
    Titanium Cook Set for Two | 89
    Wood-burning Twig Stove | 65
    Enamel Camp Kettle | 32
    Spork Set in Four Colours | 12
    Cast Iron Campfire Dutch Oven | 79
    Foldable Washing-up Bowl | 22
    Freeze-dried Mountain Chilli | 9.5
    Insulated Cool Box, 25 l | 109`,
  ),
  shelf(
    CAMPING,
    'Lanterns & Navigation',
    'lantern',
    ['Emberfoot', 'Polaris', 'Tarn'],
    `
    Rechargeable Camping Lantern | 49
    Head Torch, 400 Lumen | 44
    Orienteering Compass | 29
    Storm Lantern in Red | 35
    Handheld GPS Navigator | 279
    Folding Pocket Knife, Olive Wood | 54
    Trekking Poles, Carbon Pair | 119
    Waterproof Map Case | 18
    Emergency Whistle and Blanket Kit | 16`,
  ),
  shelf(
    CYCLING,
    'Bicycles',
    'bike',
    ['Velo Verde', 'Rouleur', 'Kettenwerk'],
    `
    City Bike with Basket, Sage | 649
    Gravel Bike, Carbon Fork | 1890
    Steel Single-speed in Racing Red | 549
    Electric Commuter Bike | 2390
    Kids' Balance Bike, Sky Blue | 119
    Hardtail Mountain Bike | 990
    Folding Bike, 7 Gears | 729
    Touring Bike in Midnight Blue | 1290
    Family Cargo Bike | 3490`,
  ),
  shelf(
    CYCLING,
    'Helmets',
    'helmet',
    ['Rouleur', 'Safe & Sound', 'Kettenwerk'],
    `
    Urban Helmet in Matte Olive | 79
    Aero Road Helmet, White | 149
    Kids' Helmet, Dinosaurs | 39
    Mountain Bike Helmet with Visor | 95
    Folding Commuter Helmet | 110
    Helmet with Rear Light, Coral | 89
    Gravel Helmet, Sand | 99
    Toddler Helmet in Ladybird Red | 35
    Classic Leather Helmet Cover | 29`,
  ),
  shelf(
    CYCLING,
    'Lights & Locks',
    'bikelight',
    ['Kettenwerk', 'Safe & Sound', 'Polaris'],
    `
    USB Front Light, 600 Lumen | 54
    Rear Light with Brake Sensor | 39
    Hardened D-Lock | 65
    Folding Lock in Orange | 79
    Dynamo Headlight | 85
    Brass Bicycle Bell | 19
    Chain Lock, 110 cm | 49
    Wheel Reflectors, Set of 12 | 9.9
    Light Set for Commuters | 45`,
  ),
  shelf(
    CYCLING,
    'Bike Bags',
    'pannier',
    ['Velo Verde', 'Tarn', 'Rouleur'],
    `
    Waterproof Pannier Pair, Yellow | 119
    Handlebar Bag in Black Canvas | 49
    Bikepacking Saddle Pack, 14 l | 95
    Wicker Front Basket | 45
    Frame Bag for Gravel Rides | 59
    Phone Holder Top-tube Bag | 29
    Office Pannier with Laptop Sleeve | 109
    Tool Roll, Waxed Cotton | 35
    Child Seat for the Rear Rack | 129`,
  ),
  shelf(
    CYCLING,
    'Workshop',
    'pump',
    ['Kettenwerk', 'Velo Verde', 'Spanner & Spoke'],
    `
    Floor Pump with Gauge | 49
    Mini Tool with 16 Functions | 32
    Chain Lube for Wet Days | 11
    Puncture Repair Kit | 8.5
    Repair Stand, Foldable | 139
    Tubeless Tyre, 40 mm Tan Wall | 44
    Inner Tube Twin Pack | 14
    Leather Saddle in Honey | 95
    Cork Bar Tape, Blue | 21`,
  ),
  shelf(
    RUNNING,
    'Trail Running Shoes',
    'trailshoe',
    ['Fellrunner', 'Skyline', 'Everstep'],
    `
    Trail Shoe with Deep Lugs, Lime | 139
    Waterproof Trail Runner, Slate | 159
    Cushioned Ultra Trail Shoe | 169
    Fell Racing Shoe in Fire Red | 129
    Women's Mountain Trail Shoe, Teal | 145
    Barefoot Trail Shoe | 119
    Trail Shoe for Muddy Ground | 135
    All-terrain Runner, Sunrise Orange | 125
    Lightweight Sky-running Shoe | 149`,
  ),
  shelf(
    RUNNING,
    'Road Running Shoes',
    'shoe',
    ['Skyline', 'Everstep', 'Tempo'],
    `
    Daily Running Shoe in Electric Blue | 119
    Carbon Plate Marathon Racer | 229
    Stability Running Shoe | 139
    Recovery Run Shoe, Peach | 129
    Track Spikes, Neon Yellow | 99
    Tempo Trainer in White and Mint | 149
    Wide-fit Road Shoe, Black | 125
    Treadmill Running Shoe | 95
    Junior Running Shoe, Purple | 59`,
  ),
  shelf(
    RUNNING,
    'Running Wear',
    'tee',
    ['Tempo', 'Fellrunner', 'Skyline'],
    `
    Breathable Running Shirt, Lime | 39
    Windproof Running Jacket in Coral | 89
    Merino Base Layer for Winter Runs | 69
    Split Running Shorts | 42
    Thermal Running Tights | 65
    Race Singlet in Sky Blue | 35
    Reflective Running Vest | 29
    Trail Running Jacket, Waterproof | 159
    Half-zip Running Top, Navy | 55`,
  ),
  shelf(
    RUNNING,
    'Hydration & Nutrition',
    'bottle',
    ['Fellrunner', 'Tempo', 'Tarn'],
    `
    Trail Running Vest with Soft Flasks | 119
    Handheld Running Bottle | 24
    Insulated Steel Bottle in Teal | 32
    Energy Gels, Citrus, Box of 12 | 22
    Electrolyte Tablets, Berry | 8.9
    Running Belt with Two Flasks | 36
    Collapsible Cup for Races | 11
    Recovery Shake, Cocoa | 28
    Oat Energy Bars, 16 Pack | 25`,
  ),
  shelf(
    RUNNING,
    'Training Gear',
    'dumbbell',
    ['Tempo', 'Kettlewright', 'Meridian'],
    `
    GPS Running Watch | 249
    Cast Kettlebell, 12 kg | 45
    Cork Yoga Mat | 59
    Foam Roller for Runners | 29
    Resistance Bands, Set of 5 | 22
    Adjustable Dumbbells | 189
    Heart-rate Chest Strap | 69
    Skipping Rope, Steel Cable | 16
    Balance Board in Birch | 75`,
  ),
];
