/** A drawn scene, and words that find it with the builtin model. The drawings hold no text: a bare machine has no fonts. */
export type Scene = { name: string; query: string; svg: string };

/** Five pictures that have little in common, each 1280 by 720, in the order in which the demo's clip shows them. */
export const scenes: Scene[] = [
  { name: 'traffic light', query: 'a red traffic light', svg: drawing(trafficLight()) },
  { name: 'strawberry', query: 'strawberries', svg: drawing(strawberry()) },
  { name: 'lighthouse', query: 'lighthouse by the sea', svg: drawing(lighthouse()) },
  { name: 'clock', query: 'clocks', svg: drawing(clock()) },
  { name: 'soccer ball', query: 'soccer ball', svg: drawing(soccerBall()) },
];

function drawing(content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720" viewBox="0 0 1280 720">${content}</svg>`;
}

function each(count: number, draw: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => draw(index)).join('');
}

function sky(top: string, bottom: string): string {
  const stops = `<stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/>`;
  return `<linearGradient id="sky" x2="0" y2="1">${stops}</linearGradient><rect width="1280" height="720" fill="url(#sky)"/>`;
}

function trafficLight(): string {
  return `${sky('#5b8fc9', '#cfe0ee')}
    <radialGradient id="lit"><stop stop-color="#ffd0b0"/><stop offset=".5" stop-color="#ff5030"/><stop offset="1" stop-color="#e01808"/></radialGradient>
    <rect x="620" y="560" width="40" height="160" fill="#333"/>
    <rect x="520" y="60" width="240" height="520" rx="40" fill="#1c1c1c"/>
    <circle cx="640" cy="160" r="66" fill="url(#lit)"/>
    <circle cx="640" cy="320" r="66" fill="#4a3b05"/>
    <circle cx="640" cy="480" r="66" fill="#0a3d12"/>`;
}

function strawberry(): string {
  const seed = (index: number) => {
    const [row, column] = [Math.floor(index / 7), index % 7];
    return `<ellipse cx="${470 + column * 56 + (row % 2) * 28}" cy="${270 + row * 68}" rx="7" ry="11" fill="#f7d774"/>`;
  };
  return `<rect width="1280" height="720" fill="#f2efe6"/>
    <radialGradient id="red" cx=".4" cy=".35"><stop stop-color="#ff5a4a"/><stop offset="1" stop-color="#b80d16"/></radialGradient>
    <path d="M640 640C420 540 360 300 470 220C560 170 720 170 810 220C920 300 860 540 640 640z" fill="url(#red)"/>
    ${each(34, seed)}
    <path d="M640 200l-140-40 70 50-90 50 110-20 50 60 50-60 110 20-90-50 70-50z" fill="#3c9a2d"/>
    <path d="M640 200q10-80 60-110" stroke="#3c8a2d" stroke-width="16" fill="none"/>`;
}

function lighthouse(): string {
  return `${sky('#4d97d9', '#d9ecf7')}
    <rect y="560" width="1280" height="160" fill="#1f5f8f"/>
    <path d="M380 640q120-120 260-110q160 0 280 110z" fill="#6d6257"/>
    <path d="M570 560L600 200h80L710 560z" fill="#f7f7f7"/>
    <path d="M583 470l6-70h102l6 70zM593 340l6-60h82l6 60zM575 560l6-60h118l6 60z" fill="#c8202a"/>
    <rect x="585" y="185" width="110" height="18" fill="#222"/>
    <rect x="605" y="125" width="70" height="60" fill="#ffe9a0" stroke="#222" stroke-width="8"/>
    <path d="M595 125q45-70 90 0z" fill="#a3151d"/>`;
}

function clock(): string {
  const mark = (minute: number) => {
    const [length, width] = minute % 5 ? [16, 4] : [46, 12];
    const turn = `transform="rotate(${minute * 6} 640 360)"`;
    return `<line x1="640" y1="84" x2="640" y2="${84 + length}" stroke="#111" stroke-width="${width}" ${turn}/>`;
  };
  return `<rect width="1280" height="720" fill="#c9b795"/>
    <circle cx="640" cy="360" r="320" fill="#222"/>
    <circle cx="640" cy="360" r="290" fill="#fbfaf5"/>
    ${each(60, mark)}
    <g stroke="#111" stroke-linecap="round">
      <line x1="640" y1="360" x2="530" y2="260" stroke-width="18"/>
      <line x1="640" y1="360" x2="760" y2="180" stroke-width="11"/>
    </g>
    <circle cx="640" cy="360" r="16"/>`;
}

function soccerBall(): string {
  const blade = (index: number) =>
    `<path d="M${(index * 173) % 1280} ${(index * 97) % 720}l6-30l6 30" fill="#2d7a2a"/>`;
  const patch = (index: number) => `<g transform="rotate(${index * 72} 640 360)">
      <line x1="640" y1="270" x2="640" y2="170"/><path d="M560 110l80 60 80-60-20-60h-120z"/></g>`;
  return `<rect width="1280" height="720" fill="#3d8f37"/>
    ${each(60, blade)}
    <circle cx="640" cy="360" r="280" fill="#f6f6f6"/>
    <clipPath id="ball"><circle cx="640" cy="360" r="280"/></clipPath>
    <g clip-path="url(#ball)" fill="#111" stroke="#333" stroke-width="6">
      <path d="M640 270l86 62-33 100h-106l-33-100z"/>${each(5, patch)}</g>`;
}
