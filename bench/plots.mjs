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
import { RATE_UNITS, scaled, TIME_UNITS } from './report.mjs';

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 960;
const MARGIN = 40;
/** Room for the title, and for the legend's rows above the plot. */
const TITLE_HEIGHT = 44;
const LEGEND_ROW = 24;
const LEGEND_COLUMNS = 3;
const BAR = 13;
const LINES_HEIGHT = 360;

/** Names of all contenders, in the order in which they first appear. */
const namesOf = ({ cases }) => [
  ...new Set(cases.flatMap((entry) => entry.contenders.map(({ name }) => name))),
];

const contenderOf = (entry, name) => entry.contenders.find((contender) => contender.name === name);

const titleOf = ({ name, title }) => ({
  text: `${name}: ${title}`,
  left: 12,
  top: 10,
  textStyle: { fontSize: 14 },
});

const legendHeight = (names) => Math.ceil(names.length / LEGEND_COLUMNS) * LEGEND_ROW;

const common = (result, names) => ({
  animation: false,
  backgroundColor: '#fff',
  title: titleOf(result),
  legend: { data: names, top: TITLE_HEIGHT - 8, left: 12, right: 12, itemGap: 36 },
});

/** Bars of every contender, grouped by case. */
function bars(result) {
  const names = namesOf(result);
  const isTime = result.show === 'time';
  const upper = TITLE_HEIGHT + legendHeight(names);
  const figureOf = ({ perSecond }) => (isTime ? 1 / perSecond.median : perSecond.median);
  const label = ({ value }) => (value === null ? '' : scaled(value, isTime ? TIME_UNITS : RATE_UNITS));
  const option = {
    ...common(result, names),
    grid: { left: 16, right: MARGIN * 2, top: upper, bottom: MARGIN, containLabel: true },
    xAxis: {
      type: 'value',
      axisLabel: { formatter: (value) => scaled(value, isTime ? TIME_UNITS : RATE_UNITS) },
      splitNumber: 4,
    },
    yAxis: { type: 'category', inverse: true, data: result.cases.map(({ name }) => name) },
    series: names.map((name) => ({
      name,
      type: 'bar',
      barGap: 0,
      label: { show: true, position: 'right', fontSize: 10, formatter: label },
      data: result.cases.map((entry) => {
        const contender = contenderOf(entry, name);
        return contender === undefined ? null : figureOf(contender);
      }),
    })),
  };
  return { option, height: upper + MARGIN + result.cases.length * (names.length * BAR + 24) };
}

/** One half of a plot of lines: what `figureOf` tells of every contender, along the cases. */
function lines(result, names, at, yName, figureOf) {
  return {
    grid: { left: at === 0 ? 70 : WIDTH / 2 + 60, width: WIDTH / 2 - 110 },
    xAxis: {
      type: 'log',
      min: 'dataMin',
      max: 'dataMax',
      gridIndex: at,
      name: result.plot.x,
      nameLocation: 'middle',
      nameGap: 26,
    },
    yAxis: {
      type: 'value',
      gridIndex: at,
      name: yName,
      axisLabel: { formatter: (value) => scaled(value, RATE_UNITS).replace('/s', at === 0 ? '/s' : '') },
    },
    series: names.map((name) => ({
      name,
      type: 'line',
      xAxisIndex: at,
      yAxisIndex: at,
      symbolSize: 7,
      data: result.cases.flatMap((entry) => {
        const contender = contenderOf(entry, name);
        return contender === undefined ? [] : [[entry.x, figureOf(contender)]];
      }),
    })),
  };
}

/** Throughput on the left, memory on the right, along an axis of cases. */
function growth(result) {
  const names = namesOf(result);
  const upper = TITLE_HEIGHT + legendHeight(names) + 24;
  const { memory } = result.plot;
  const halves = [
    lines(result, names, 0, `${result.unit} a second`, ({ perSecond }) => perSecond.median),
    lines(result, names, 1, memory, ({ extras }) => extras[memory].median),
  ];
  const option = {
    ...common(result, names),
    grid: halves.map(({ grid }) => ({ ...grid, top: upper, height: LINES_HEIGHT - upper - MARGIN })),
    xAxis: halves.map(({ xAxis }) => xAxis),
    yAxis: halves.map(({ yAxis }) => yAxis),
    series: halves.flatMap(({ series }) => series),
  };
  return { option, height: LINES_HEIGHT };
}

/** The plot of a workload, as SVG. */
export function plotOf(result) {
  const { option, height } = result.plot === undefined ? bars(result) : growth(result);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Writes a plot for every workload into a folder. */
export function writePlots(workloads, folder) {
  mkdirSync(folder, { recursive: true });
  for (const result of workloads) writeFileSync(join(folder, `${result.name}.svg`), plotOf(result));
}
