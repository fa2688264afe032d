/**
 * Plots of what was measured, as SVG. Apache ECharts draws them: it is kept up, has two dependencies, and renders SVG as a
 * string in Node, without a browser or an imitation of one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { digits, RATE_UNITS, scaled, TIME_UNITS } from './report.mjs';

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 960;
const TITLE_HEIGHT = 40;
/** Bars: one panel for each case, and in it a row for each contender, with its name beside it. */
const PANEL_TITLE = 26;
const ROW = 19;
const PANEL_GAP = 14;
const NAMES_WIDTH = 275;
const FIGURES_WIDTH = 90;
/** Lines: room for the legend's rows above the plot. */
const LEGEND_ROW = 24;
const LEGEND_COLUMNS = 4;
const LINES_HEIGHT = 330;
const LOWER = 52;

/** Colours by what a contender runs on. All show on white, which plots bring with them, for readers with dark pages too. */
const COLOURS = {
  ringsmith: ['#1d4ed8', '#60a5fa', '#7c3aed', '#c084fc'],
  C: ['#15803d', '#4ade80'],
  node: ['#ea580c', '#6b7280', '#facc15', '#be123c'],
};

const familyOf = ({ name, ours }) => {
  if (ours !== undefined || name.startsWith('ringsmith')) return 'ringsmith';
  return name.startsWith('C, ') ? 'C' : 'node';
};

/** Contenders, in the order in which they first appear. */
function contendersOf({ cases }) {
  const byName = new Map();
  for (const entry of cases) for (const contender of entry.contenders) byName.set(contender.name, contender);
  return [...byName.values()];
}

const titleOf = ({ name, title }) => ({
  text: `${name}: ${title}`,
  left: 12,
  top: 10,
  textStyle: { fontSize: 14 },
});

const common = { animation: false, backgroundColor: '#fff' };

/** What bars show: a rate, a time, or an extra that the workload names; how it is written; what a bar's length says. */
function barsOf({ show, unit, plot }) {
  if (plot !== undefined) {
    return {
      figure: ({ extras }) => extras[plot.bars]?.median,
      write: (value) => `${digits(value)} ${plot.unit}`,
      meaning: `${plot.bars}: shorter is better`,
    };
  }
  return show === 'time'
    ? {
        figure: ({ perSecond }) => 1 / perSecond.median,
        write: (value) => scaled(value, TIME_UNITS),
        meaning: 'time for one: shorter is better',
      }
    : {
        figure: ({ perSecond }) => perSecond.median,
        write: (value) => scaled(value, RATE_UNITS),
        meaning: `${unit} a second: longer is better`,
      };
}

/** Bars of one case's contenders in a panel of its own, whose scale is its own too; figures are on the bars. */
function panel({ figure, write }, entry, index, top) {
  return {
    title: { text: entry.name, left: NAMES_WIDTH, top, textStyle: { fontSize: 12 } },
    grid: {
      left: NAMES_WIDTH,
      width: WIDTH - NAMES_WIDTH - FIGURES_WIDTH,
      top: top + PANEL_TITLE,
      height: entry.contenders.length * ROW,
    },
    xAxis: { type: 'value', gridIndex: index, max: 'dataMax', show: false },
    yAxis: {
      type: 'category',
      gridIndex: index,
      inverse: true,
      axisTick: { show: false },
      axisLabel: { interval: 0 },
      data: entry.contenders.map(({ name }) => name),
    },
    series: {
      type: 'bar',
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: ROW - 5,
      label: { show: true, position: 'right', fontSize: 11, formatter: ({ value }) => write(value) },
      data: entry.contenders.map((contender) => ({
        value: figure(contender),
        itemStyle: { color: COLOURS[familyOf(contender)][0] },
      })),
    },
  };
}

function bars(result) {
  const shown = barsOf(result);
  const cases = result.cases
    .map((entry) => ({
      ...entry,
      contenders: entry.contenders.filter((one) => shown.figure(one) !== undefined),
    }))
    .filter(({ contenders }) => contenders.length > 0);
  const tops = [];
  let top = TITLE_HEIGHT;
  for (const entry of cases) {
    tops.push(top);
    top += PANEL_TITLE + entry.contenders.length * ROW + PANEL_GAP;
  }
  const panels = cases.map((entry, index) => panel(shown, entry, index, tops[index]));
  const meaning = {
    text: shown.meaning,
    left: 12,
    top: TITLE_HEIGHT,
    textStyle: { fontSize: 11, fontWeight: 'normal' },
  };
  const option = {
    ...common,
    title: [titleOf(result), meaning, ...panels.map(({ title }) => title)],
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.map(({ yAxis }) => yAxis),
    series: panels.map(({ series }) => series),
  };
  return { option, height: top };
}

const compact = (value) => value.toLocaleString('en');

/** One half of a plot of lines: what `figureOf` tells of every contender, along the cases. */
function lines(result, at, yName, figureOf, format) {
  const contenders = contendersOf(result);
  const used = {};
  const colours = contenders.map((contender) => {
    const family = familyOf(contender);
    used[family] = (used[family] ?? -1) + 1;
    return COLOURS[family][used[family] % COLOURS[family].length];
  });
  return {
    grid: { left: at === 0 ? 70 : WIDTH / 2 + 60, width: WIDTH / 2 - 110 },
    // Categories, since what is measured are steps of a growing size; each gets its own tick.
    xAxis: {
      type: 'category',
      boundaryGap: false,
      data: result.cases.map(({ x }) => compact(x)),
      gridIndex: at,
      name: result.plot.x,
      nameLocation: 'middle',
      nameGap: 28,
    },
    yAxis: { type: 'value', gridIndex: at, name: yName, min: 0, axisLabel: { formatter: format } },
    series: contenders.map(({ name }, index) => ({
      name,
      type: 'line',
      xAxisIndex: at,
      yAxisIndex: at,
      symbol: 'circle',
      symbolSize: 7,
      color: colours[index],
      data: result.cases.map((entry) => {
        const contender = entry.contenders.find((candidate) => candidate.name === name);
        return contender === undefined ? null : figureOf(contender);
      }),
    })),
  };
}

const rate = (value) => scaled(value, RATE_UNITS);

/** Throughput on the left, memory on the right, along an axis of cases. */
function growth(result) {
  const names = contendersOf(result).map(({ name }) => name);
  const legendHeight = Math.ceil(names.length / LEGEND_COLUMNS) * LEGEND_ROW;
  const upper = TITLE_HEIGHT + legendHeight + 26;
  const { memory } = result.plot;
  const halves = [
    lines(result, 0, `${result.unit} a second`, ({ perSecond }) => perSecond.median, rate),
    lines(result, 1, memory, ({ extras }) => extras[memory]?.median ?? null, compact),
  ];
  const option = {
    ...common,
    title: titleOf(result),
    legend: { data: names, top: TITLE_HEIGHT - 4, left: 12, itemGap: 24 },
    grid: halves.map(({ grid }) => ({ ...grid, top: upper, height: LINES_HEIGHT - upper - LOWER })),
    xAxis: halves.map(({ xAxis }) => xAxis),
    yAxis: halves.map(({ yAxis }) => yAxis),
    series: halves.flatMap(({ series }) => series),
  };
  return { option, height: LINES_HEIGHT };
}

/** Takes away what is for pages with scripts; names of its classes would be others in each run. */
const withoutInteraction = (svg) =>
  svg
    .replace(/<style[^>]*>.*?<\/style>/gs, '')
    .replace(/ (class|pointer-events|xml:space|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replace(/font-family:sans-serif;?/g, '')
    .replace('<svg ', '<svg font-family="sans-serif" ');

/** The plot of a workload, as SVG. */
export function plotOf(result) {
  const { option, height } = result.plot?.x === undefined ? bars(result) : growth(result);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return withoutInteraction(svg);
}

/** Writes a plot for every workload into a folder. */
export function writePlots(workloads, folder) {
  mkdirSync(folder, { recursive: true });
  for (const result of workloads) writeFileSync(join(folder, `${result.name}.svg`), plotOf(result));
}
