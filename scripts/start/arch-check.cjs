'use strict'
void require('./start.cjs').start('arch-check')
