import { type Shelf, shelf } from './section';

const SHOES = 'Shoes';
const CLOTHING = 'Clothing';
const BAGS = 'Bags & Accessories';

/** Shoes, clothes, bags and accessories. */
export const WEAR: readonly Shelf[] = [
  shelf(
    SHOES,
    'Sneakers',
    'shoe',
    ['Strada', 'Kobe Lane', 'Everstep'],
    `
    Retro Court Sneaker in Off-white | 89
    Suede Low-top, Forest Green | 99
    Canvas Slip-on in Navy | 49
    Chunky Platform Trainer | 109
    Recycled Knit Sneaker, Coral | 79
    Leather Tennis Shoe, Gum Sole | 119
    High-top Basketball Sneaker | 95
    Minimalist White Trainer | 129
    Rainproof Sneaker in Dusty Pink | 74`,
  ),
  shelf(
    SHOES,
    'Boots',
    'boot',
    ['Alder & Oak', 'Northmoor', 'Strada'],
    `
    Chelsea Boot in Tan Leather | 159
    Lace-up Work Boot, Chestnut | 179
    Suede Desert Boot, Sand | 129
    Wellington Boot in Bottle Green | 69
    Shearling Winter Boot | 149
    Ankle Boot with Block Heel, Black | 139
    Waxed Leather Brogue Boot | 189
    Short Rain Boot in Mustard | 54
    Vegan Biker Boot | 119`,
  ),
  shelf(
    SHOES,
    'Sandals & Slippers',
    'sandal',
    ['Solana', 'Hygge House', 'Everstep'],
    `
    Cork Footbed Sandal, Cognac | 75
    Felted Wool Slipper in Grey | 45
    Espadrille with Jute Sole | 39
    Strappy Leather Sandal | 85
    Sheepskin Mule | 69
    Recycled Foam Slides, Sky Blue | 29
    Fisherman Sandal in Olive | 79
    Quilted House Bootie | 42
    Beach Flip-flops, Sunset Stripe | 19`,
  ),
  shelf(
    SHOES,
    'Formal Shoes',
    'loafer',
    ['Alder & Oak', 'Marchetti', 'Kobe Lane'],
    `
    Penny Loafer in Burgundy | 169
    Oxford Shoe, Polished Black | 199
    Suede Driving Moccasin, Blue | 119
    Ballet Flat with Bow | 89
    Patent Derby Shoe | 179
    Monk Strap in Dark Brown | 189
    Pointed Kitten Heel, Emerald | 129
    Tassel Loafer, Caramel | 155
    Mary Jane in Cherry Red | 99`,
  ),
  shelf(
    CLOTHING,
    'Jackets & Coats',
    'jacket',
    ['Northmoor', 'Harbour & Hill', 'Atelier Sept'],
    `
    Waxed Field Jacket, Olive | 189
    Wool Overcoat in Camel | 289
    Quilted Liner Jacket, Ecru | 129
    Yellow Fisherman's Raincoat | 119
    Denim Trucker Jacket | 89
    Down Puffer in Rust | 179
    Corduroy Chore Jacket, Navy | 109
    Belted Trench Coat, Stone | 229
    Fleece Bomber with Zip | 79`,
  ),
  shelf(
    CLOTHING,
    'Knitwear',
    'sweater',
    ['Wool & Weft', 'Harbour & Hill', 'Isla Knits'],
    `
    Merino Crew Neck in Heather Grey | 89
    Fair Isle Jumper | 119
    Cable Knit Cardigan, Cream | 129
    Cashmere Turtleneck in Lilac | 179
    Breton Striped Sweater | 69
    Lambswool Vest, Moss | 75
    Mohair Blend Pullover, Raspberry | 99
    Chunky Fisherman Rib Sweater | 139
    Cotton Summer Knit in Mint | 59`,
  ),
  shelf(
    CLOTHING,
    'T-Shirts & Shirts',
    'tee',
    ['Plain Sailing', 'Atelier Sept', 'Everyday Thread'],
    `
    Heavyweight Cotton Tee, White | 29
    Linen Shirt in Sky Blue | 69
    Striped Long-sleeve Top | 35
    Pocket Tee in Washed Black | 32
    Oxford Button-down Shirt | 65
    Organic Polo Shirt, Bottle Green | 49
    Boxy Slub Tee in Terracotta | 34
    Flannel Check Shirt, Red | 59
    Poplin Blouse with Puff Sleeves | 55`,
  ),
  shelf(
    CLOTHING,
    'Trousers & Jeans',
    'trousers',
    ['Indigo Row', 'Everyday Thread', 'Harbour & Hill'],
    `
    Straight Jeans, Raw Indigo | 99
    Pleated Wool Trousers in Grey | 119
    Relaxed Chinos, Khaki | 69
    Wide-leg Linen Pants, Ecru | 79
    Corduroy Trousers in Tobacco | 85
    High-rise Black Jeans | 89
    Drawstring Joggers, Navy | 55
    Cropped Culottes in Plum | 65
    Painter's Dungarees, Denim | 95`,
  ),
  shelf(
    CLOTHING,
    'Dresses & Skirts',
    'dress',
    ['Atelier Sept', 'Isla Knits', 'Solana'],
    `
    Wrap Midi Dress, Botanical Print | 99
    Linen Pinafore in Mustard | 85
    Pleated Skirt, Emerald | 75
    Knitted Sweater Dress | 95
    Tiered Cotton Sundress, Coral | 79
    Satin Slip Dress in Champagne | 119
    Denim A-line Skirt | 59
    Shirt Dress with Belt, Blue Stripe | 89
    Little Black Dress | 129`,
  ),
  shelf(
    BAGS,
    'Totes & Handbags',
    'bag',
    ['Marchetti', 'Kobe Lane', 'Field Notesmith'],
    `
    Canvas Tote with Leather Handles | 59
    Crossbody Bag in Cognac | 139
    Woven Market Basket | 39
    Bucket Bag, Olive Suede | 119
    Half-moon Shoulder Bag, Black | 149
    Quilted Clutch in Blush | 79
    Recycled Nylon Shopper, Cobalt | 25
    Leather Satchel, Chestnut | 189
    Striped Beach Tote | 45`,
  ),
  shelf(
    BAGS,
    'Hats & Scarves',
    'hat',
    ['Wool & Weft', 'Northmoor', 'Isla Knits'],
    `
    Ribbed Beanie in Mustard | 25
    Straw Panama Hat | 59
    Merino Scarf, Tartan | 49
    Wool Felt Fedora, Charcoal | 79
    Corduroy Baseball Cap, Rust | 29
    Bucket Hat in Natural Linen | 35
    Pom-pom Bobble Hat, Berry | 28
    Waxed Cotton Rain Hat | 45
    Flat Cap in Herringbone | 42`,
  ),
  shelf(
    BAGS,
    'Watches & Jewellery',
    'watch',
    ['Tidemark', 'Aurelie', 'Meridian'],
    `
    Automatic Watch with Navy Dial | 349
    Minimal Watch, Tan Strap | 129
    Hammered Silver Hoops | 48
    Freshwater Pearl Necklace | 89
    Field Watch on Canvas Strap | 159
    Signet Ring, Gold Vermeil | 75
    Birthstone Pendant | 62
    Braided Leather Bracelet | 34
    Square Vintage Watch, Green Dial | 189`,
  ),
  shelf(
    BAGS,
    'Sunglasses',
    'glasses',
    ['Solana', 'Aurelie', 'Meridian'],
    `
    Round Sunglasses in Tortoise | 89
    Aviator with Gold Frame | 110
    Cat-eye Sunglasses, Black | 79
    Clear Acetate Frames | 69
    Polarised Keyhole Sunglasses, Forest Green | 99
    Blue-light Reading Glasses | 39
    Oversized Square Shades, Plum | 84
    Clip-on Lenses with Case | 32
    Folding Travel Sunglasses | 72`,
  ),
];
