/** Words of a title that decide the variant of a motif; without one, the product's id does. */
export const VARIANTS: Readonly<Record<string, readonly [RegExp, number][]>> = {
  pan: [
    [/casserole|dutch|saucepan|milk/i, 2],
    [/skillet|grill|pancake|wok/i, 1],
    [/./, 0],
  ],
  knife: [
    [/board/i, 1],
    [/nakiri|santoku/i, 2],
    [/./, 0],
  ],
  mug: [
    [/tumbler|tall/i, 2],
    [/bowl|cup/i, 1],
    [/./, 0],
  ],
  kettle: [
    [/press|cold|grinder/i, 1],
    [/teapot|whistling/i, 2],
    [/./, 0],
  ],
  mixer: [
    [/stand|hand mixer/i, 0],
    [/pin|cutters/i, 2],
    [/./, 1],
  ],
  plate: [
    [/bowl|dishes/i, 1],
    [/./, 0],
  ],
  lamp: [
    [/floor|desk|architect|reading/i, 1],
    [/pendant|globe/i, 2],
    [/./, 0],
  ],
  sofa: [
    [/armchair|chair/i, 1],
    [/pouf/i, 2],
    [/./, 0],
  ],
  cushion: [
    [/throw|blanket|bedspread/i, 1],
    [/meadow/i, 2],
    [/./, 0],
  ],
  vase: [
    [/candle\b|candles|candlestick/i, 1],
    [/bud|amphora|donut/i, 2],
    [/./, 0],
  ],
  clock: [
    [/mirror/i, 1],
    [/alarm|timer|cuckoo/i, 2],
    [/./, 0],
  ],
  plant: [
    [/snake|lily|rubber/i, 1],
    [/fern|pearls|pothos/i, 2],
    [/./, 0],
  ],
  pot: [
    [/hanging/i, 1],
    [/box|bed|bags/i, 2],
    [/./, 0],
  ],
  trowel: [
    [/secateurs|shears/i, 1],
    [/watering/i, 2],
    [/./, 0],
  ],
  birdhouse: [
    [/feeder|balls|stake/i, 1],
    [/insect|hedgehog/i, 2],
    [/./, 0],
  ],
  boot: [
    [/wellington|rain|winter/i, 1],
    [/lace|work|desert|biker|brogue/i, 2],
    [/./, 0],
  ],
  sandal: [
    [/slipper|mule|bootie/i, 1],
    [/./, 0],
  ],
  jacket: [
    [/puffer|quilted|fleece/i, 1],
    [/coat|trench/i, 2],
    [/./, 0],
  ],
  sweater: [
    [/breton|striped/i, 1],
    [/fair/i, 0],
    [/./, 2],
  ],
  tee: [
    [/shirt\b|blouse|polo|top/i, 1],
    [/singlet|running/i, 2],
    [/./, 0],
  ],
  trousers: [
    [/wide|culottes|pleated/i, 1],
    [/jogger|dungarees/i, 2],
    [/./, 0],
  ],
  dress: [
    [/skirt/i, 1],
    [/print|sundress|botanical/i, 2],
    [/./, 0],
  ],
  bag: [
    [/crossbody|shoulder|clutch|satchel|bucket/i, 1],
    [/woven|beach/i, 2],
    [/./, 0],
  ],
  hat: [
    [/scarf/i, 2],
    [/panama|fedora|bucket|rain|cap/i, 1],
    [/./, 0],
  ],
  watch: [
    [/watch/i, 0],
    [/square/i, 1],
    [/./, 2],
  ],
  glasses: [
    [/round|clear/i, 0],
    [/aviator|cat/i, 1],
    [/./, 2],
  ],
  tent: [
    [/dome|tunnel|pop|family/i, 1],
    [/bell|play/i, 2],
    [/./, 0],
  ],
  backpack: [
    [/roll|duffel|commuter/i, 1],
    [/trekking|carrier|hut/i, 2],
    [/./, 0],
  ],
  sleepingbag: [
    [/mat\b|mattress|blanket|bed|pillow/i, 1],
    [/./, 0],
  ],
  stove: [
    [/kettle|oven|set|bowl/i, 1],
    [/cool/i, 2],
    [/./, 0],
  ],
  lantern: [
    [/compass|gps|map/i, 1],
    [/torch/i, 2],
    [/./, 0],
  ],
  bike: [
    [/balance|folding|kids/i, 2],
    [/gravel|single|touring|mountain/i, 1],
    [/./, 0],
  ],
  helmet: [
    [/kids|toddler/i, 2],
    [/mountain/i, 1],
    [/./, 0],
  ],
  bikelight: [
    [/lock/i, 1],
    [/bell/i, 2],
    [/./, 0],
  ],
  pannier: [
    [/basket/i, 1],
    [/./, 0],
  ],
  pump: [
    [/saddle/i, 1],
    [/tyre|tube/i, 2],
    [/./, 0],
  ],
  bottle: [
    [/gels|tablets|bars|shake/i, 1],
    [/vest|belt/i, 2],
    [/./, 0],
  ],
  dumbbell: [
    [/kettlebell/i, 1],
    [/mat|roller|band/i, 2],
    [/./, 0],
  ],
  headphones: [
    [/earbuds|ear hooks/i, 1],
    [/headset|studio/i, 2],
    [/./, 0],
  ],
  speaker: [
    [/radio/i, 1],
    [/portable|smart|shower|mini/i, 2],
    [/./, 0],
  ],
  turntable: [
    [/lp|vinyl|crate|mat/i, 1],
    [/suitcase/i, 2],
    [/./, 0],
  ],
  camera: [
    [/instant/i, 1],
    [/lens/i, 2],
    [/./, 0],
  ],
  keyboard: [
    [/mouse|charging/i, 1],
    [/stand|mat|hub/i, 2],
    [/./, 0],
  ],
  notebook: [
    [/planner|diary/i, 1],
    [/leather|journal/i, 2],
    [/./, 0],
  ],
  pen: [
    [/pencils|gel|brush/i, 1],
    [/ink/i, 2],
    [/./, 0],
  ],
  paint: [
    [/embroidery/i, 1],
    [/tubes|inks|pastels|brushes/i, 2],
    [/./, 0],
  ],
  envelope: [
    [/calendar|wrapping/i, 1],
    [/organiser|stamp|tape/i, 2],
    [/./, 0],
  ],
  blocks: [
    [/arches/i, 0],
    [/train|pull|toolbox/i, 2],
    [/./, 1],
  ],
  boardgame: [
    [/chess|backgammon/i, 1],
    [/dice/i, 2],
    [/./, 0],
  ],
  bear: [
    [/fox|owl/i, 1],
    [/bunny|lamb|mouse/i, 2],
    [/./, 0],
  ],
  kite: [
    [/swing/i, 1],
    [/scooter|digger/i, 2],
    [/./, 0],
  ],
  stroller: [
    [/carrier|sling/i, 1],
    [/./, 0],
  ],
  mobile: [
    [/night light|noise|sleeping/i, 1],
    [/crib|monitor|mat/i, 2],
    [/./, 0],
  ],
  babybottle: [
    [/bibs/i, 1],
    [/bowl|spoons|steamer|chair/i, 2],
    [/./, 0],
  ],
  onesie: [
    [/socks|shoes/i, 2],
    [/striped/i, 1],
    [/./, 0],
  ],
  bathduck: [
    [/nappies|wipes|nappy/i, 1],
    [/towel/i, 2],
    [/./, 0],
  ],
  jar: [
    [/serum|oil|toner/i, 1],
    [/sunscreen|gel|cleansing/i, 2],
    [/./, 0],
  ],
  pumpbottle: [
    [/bar|salts|scrub/i, 1],
    [/brush/i, 2],
    [/./, 0],
  ],
  perfume: [
    [/diffuser|incense/i, 1],
    [/solid|rose/i, 2],
    [/./, 0],
  ],
  razor: [
    [/brush|soap/i, 1],
    [/bag|set/i, 2],
    [/./, 0],
  ],
  bone: [
    [/collar|lead|harness/i, 1],
    [/bed|coat/i, 2],
    [/./, 0],
  ],
  cat: [
    [/post|tree|wand/i, 1],
    [/cave|litter/i, 2],
    [/./, 0],
  ],
  petbowl: [
    [/slow|puzzle|feeder/i, 1],
    [/./, 0],
  ],
};
